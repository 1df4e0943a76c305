package eventstore

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"
)

func TestClockRunsByItself(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var c clock
		c.set(noon)
		require.Equal(t, noon, c.now())
		time.Sleep(1500*time.Millisecond + 1234*time.Nanosecond) // the bubble's time, which costs none
		require.Equal(t, noon.Add(1500*time.Millisecond+time.Microsecond), c.now(), "in microseconds, as the store counts")
		c.set(noon.Add(time.Hour))
		require.Equal(t, noon.Add(time.Hour), c.now())
	})
}

func TestSignalWaits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newSignal(5)
		ctx, cancel := context.WithCancel(t.Context())
		started := time.Now()
		require.NoError(t, s.wait(ctx, 4, time.Hour), "known at once")
		require.Zero(t, time.Since(started))
		require.NoError(t, s.wait(ctx, 5, time.Hour), "out of patience")
		require.Equal(t, time.Hour, time.Since(started))

		woken := make(chan error)
		go func() { woken <- s.wait(ctx, 5, time.Hour) }()
		synctest.Wait()
		s.advance(3)
		s.advance(5)
		synctest.Wait()
		require.Empty(t, woken, "nothing was added")
		s.advance(6)
		require.NoError(t, <-woken)
		require.Equal(t, Position(6), s.reach())

		go func() { woken <- s.wait(ctx, 6, time.Hour) }()
		cancel()
		require.ErrorIs(t, <-woken, context.Canceled)
	})
}

func TestSignalRetreatsOnlyFromWhatItWasToldOf(t *testing.T) {
	t.Parallel()
	s := newSignal(5)
	s.advance(900)
	s.retreat(5, 4)
	require.Equal(t, Position(900), s.reach(), "it has been told of something else since")
	s.retreat(900, 5)
	require.Equal(t, Position(5), s.reach())
	s.advance(6)
	require.Equal(t, Position(6), s.reach())
}

func TestEndOfTheLogIsRecognised(t *testing.T) {
	t.Parallel()
	at := func(position Position, second int) Event {
		return Event{Position: position, RecordedAt: noon.Add(time.Duration(second) * time.Second)}
	}
	known := end{position: 7, at: noon}
	for name, test := range map[string]struct {
		known  end
		events []Event
		head   Position
		tail   int
		whole  bool
	}{
		"nothing new":           {known, []Event{at(7, 0)}, 7, 0, true},
		"two more":              {known, []Event{at(7, 0), at(8, 1), at(9, 1)}, 9, 2, true},
		"more than was read":    {known, []Event{at(7, 0), at(8, 1)}, 9, 1, false},
		"shorter":               {known, nil, 5, 0, false},
		"other past":            {known, []Event{at(7, 1)}, 7, 0, false},
		"other past and longer": {known, []Event{at(7, 1), at(8, 2)}, 8, 0, false},
		"empty before":          {end{}, []Event{at(1, 0), at(2, 0)}, 2, 2, true},
		"empty still":           {end{}, nil, 0, 0, true},
		"just connected":        {nowhere, nil, 9, 0, false},
	} {
		tail, whole := test.known.behind(test.events, end{position: test.head})
		require.Equal(t, test.whole, whole, name)
		require.Len(t, tail, test.tail, name)
	}
}

func TestCompanyIsBelievedInForAWhile(t *testing.T) {
	t.Parallel()
	var c company
	require.False(t, c.present())
	c.found(3)
	for range quietRounds - 1 {
		c.found(0)
		require.True(t, c.present())
	}
	c.found(1)
	for range quietRounds {
		require.True(t, c.present())
		c.found(0)
	}
	require.False(t, c.present())
}

func TestCallersAreCountedOut(t *testing.T) {
	t.Parallel()
	c := callers{gone: make(chan struct{})}
	require.True(t, c.enter())
	require.True(t, c.enter())
	c.leave()
	c.shut()
	c.shut()
	require.False(t, c.enter())
	select {
	case <-c.gone:
		t.Fatal("somebody is inside")
	default:
	}
	c.leave()
	<-c.gone

	idle := callers{gone: make(chan struct{})}
	idle.shut()
	<-idle.gone
}

// What the server says about itself or the moment is no refusal of a command.
func TestErrorsAreToldApart(t *testing.T) {
	t.Parallel()
	for code, available := range map[string]bool{
		"57P01": false, "40001": false, "25P03": false, "53300": false, "55P03": false, "08006": false, "58030": false,
		"23505": true, "22P02": true, "42501": true, "54001": true,
	} {
		err := unavailable("do it", &pgconn.PgError{Code: code})
		require.Equal(t, !available, errors.Is(err, ErrUnavailable), code)
		require.ErrorContains(t, err, "do it: ")
	}
	lost := errors.New("connection lost")
	err := unavailable("do it", lost)
	require.ErrorIs(t, err, ErrUnavailable)
	require.ErrorIs(t, err, lost)
}
