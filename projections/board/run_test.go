package board_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/domain"
	"github.com/holdfast-dev/holdfast/eventstore"
	"github.com/holdfast-dev/holdfast/projections"
	"github.com/holdfast-dev/holdfast/projections/board"
	"github.com/holdfast-dev/holdfast/projections/history"
	"github.com/holdfast-dev/holdfast/projections/sale"
)

// The event store is what boards follow.
var _ board.Log = (*eventstore.Log)(nil)

func replaceNight(payload string, night domain.PerformanceID) string {
	return strings.ReplaceAll(payload, "NIGHT", string(night))
}

// running starts a board that follows a log, and stops it with the test.
func running(t *testing.T, log board.Log, opts board.Options) *board.Board {
	t.Helper()
	b := board.New(log, opts)
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		b.Run(ctx)
	}()
	t.Cleanup(func() {
		stop()
		<-ended
	})
	return b
}

func TestRunFollowsTheLog(t *testing.T) {
	t.Parallel()
	s := history.New(1)
	s.Random(500)
	log := history.NewLog(s.Events())
	b := running(t, log, board.Options{})
	require.NoError(t, b.WaitFor(t.Context(), s.Events()[len(s.Events())-1].Position))

	seen := len(s.Events())
	s.Random(500)
	log.Append(s.Events()[seen:]...)
	require.NoError(t, b.WaitFor(t.Context(), s.Events()[len(s.Events())-1].Position))
	require.NoError(t, b.Status().Err)
	require.Equal(t, b.Position(), b.Status().Position)
}

func TestWaitForGivesUpWithItsContext(t *testing.T) {
	t.Parallel()
	b := board.New(history.NewLog(nil), board.Options{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, b.WaitFor(ctx, 1), context.Canceled)
}

func TestRunTriesAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := history.New(1)
		s.Random(50)
		log := history.NewLog(s.Events())
		away := errors.New("away")
		log.Fail(away)
		b := running(t, log, board.Options{MaxBackoff: time.Second})
		synctest.Wait()
		require.ErrorIs(t, b.Status().Err, away)
		time.Sleep(time.Minute)
		log.Fail(nil)
		time.Sleep(time.Second)
		synctest.Wait()
		require.NoError(t, b.Status().Err)
		require.Equal(t, eventstore.Position(len(s.Events())), b.Position())
	})
}

func TestRunStopsAtABadEventAndShowsWhatItHas(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := history.New(1)
		night := s.Schedule(s.Announce("Norma"), 5)
		bad := eventstore.Event{Position: 3, Stream: "seat-x-1", Version: 1, Type: "seat.painted.v1", Payload: []byte(`{}`)}
		b := running(t, history.NewLog(append(s.Events(), bad)), board.Options{})
		synctest.Wait()
		found, is := errors.AsType[*projections.BadEventError](b.Status().Err)
		require.True(t, is)
		require.Equal(t, eventstore.Position(3), found.Position)
		require.Equal(t, "projection board stops at position 3: event seat.painted.v1 of stream seat-x-1, version 1: "+
			`unknown event type "seat.painted.v1"`, found.Error())
		require.Equal(t, 5, seatsOf(t, b, night).Available())
	})
}

func TestWatchSendsEventsAndEndsOfHolds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := history.New(1)
		night := s.Schedule(s.Announce("Norma"), 3)
		log := &ticking{Log: history.NewLog(s.Events()), began: time.Now()}
		b := running(t, log, board.Options{})
		require.NoError(t, b.WaitFor(t.Context(), 2))
		watch, found := b.Watch(night)
		require.True(t, found)
		defer watch.Close()
		require.Equal(t, 3, watch.Snapshot.Available())

		seen := len(s.Events())
		s.Hold(s.User(0), night, 2)
		log.Append(s.Events()[seen:]...)
		held := <-watch.Changes
		require.Equal(t, []sale.SeatState{{Number: 2, State: sale.Held}}, held.Seats)

		ended := <-watch.Changes
		require.Equal(t, []sale.SeatState{{Number: 2, State: sale.Available}}, ended.Seats)
		require.Equal(t, 3, ended.Available)
		require.Equal(t, history.HoldLength, time.Since(log.began), "exactly on time")
	})
}

func TestWatchOfNothingEnds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := history.New(1)
		night := s.Schedule(s.Announce("Norma"), 3)
		s.Hold(s.User(0), night, 1)
		log := &ticking{Log: history.NewLog(s.Events()), began: time.Now()}
		b := running(t, log, board.Options{WatchBuffer: 1})
		require.NoError(t, b.WaitFor(t.Context(), 4))
		watch, _ := b.Watch(night)
		watch.Close()
		time.Sleep(2 * history.HoldLength)
		_, open := <-watch.Changes
		require.False(t, open)
		require.Equal(t, sale.Available, seatsOf(t, b, night).Seat(1))
	})
}

// ticking is a log whose clock goes with that of the test's bubble.
type ticking struct {
	*history.Log
	began time.Time
}

func (l *ticking) Clock() time.Time { return history.Start.Add(time.Since(l.began)) }
