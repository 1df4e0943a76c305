package command

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/domain"
	"github.com/holdfast-dev/holdfast/domain/admission"
	"github.com/holdfast-dev/holdfast/domain/concert"
	"github.com/holdfast-dev/holdfast/domain/holds"
	"github.com/holdfast-dev/holdfast/domain/performance"
	"github.com/holdfast-dev/holdfast/domain/reservation"
	"github.com/holdfast-dev/holdfast/domain/seat"
	"github.com/holdfast-dev/holdfast/domain/user"
	"github.com/holdfast-dev/holdfast/domain/wallet"
	"github.com/holdfast-dev/holdfast/eventstore"
)

func TestFoldKnowsEveryAggregate(t *testing.T) {
	t.Parallel()
	s := given(t, onSale(join(
		holdOf(ann, annsHold, 7),
		[]domain.Event{
			charged(500),
			admission.Spent{AdmissionID: annsTurn, UserID: ann, ConcertID: theConcert, PaymentID: "payment"},
		},
	)...)...)
	for stream, want := range map[string]domain.State{
		concert.Stream(theConcert):         concert.State{}.Evolve(announced, noon),
		performance.Stream(thePerformance): performance.State{}.Evolve(scheduled, noon),
		seat.Stream(thePerformance, 7): seat.State{
			Status: seat.StatusHeld, ReservationID: annsHold, UserID: ann, Price: price, Ends: noon.Add(holdTime),
		},
		wallet.Stream(ann):         wallet.State{Balance: 500},
		admission.Stream(annsTurn): admission.State{Status: admission.StatusSpent},
	} {
		require.Equal(t, want, s.log.streams[stream], stream)
	}
	state, err := stateAs[reservation.State](s.log.streams[reservation.Stream(annsHold)])
	require.NoError(t, err)
	require.Equal(t, reservation.StatusHeld, state.Status)
	require.Equal(t, annsHold, state.ID)
}

func TestFoldNamesWhatItDoesNotKnow(t *testing.T) {
	t.Parallel()
	for name, e := range map[string]eventstore.Event{
		"an unknown type":         {Stream: "seat-x-1", Version: 3, Type: "seat.stolen.v1", Payload: []byte("{}")},
		"an unknown version":      {Stream: "seat-x-1", Version: 3, Type: "seat.held.v2", Payload: []byte("{}")},
		"an unknown category":     {Stream: "refund-x", Version: 3, Type: "refund.made.v1", Payload: []byte("{}")},
		"no category":             {Stream: "", Version: 3, Type: "seat.held.v1", Payload: []byte("{}")},
		"another aggregate's":     {Stream: "wallet-x", Version: 3, Type: "seat.held.v1", Payload: []byte("{}")},
		"a category's first half": {Stream: "sea-x", Version: 3, Type: "seat.held.v1", Payload: []byte("{}")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := Model().Fold(nil, e)
			var unknown *domain.UnknownTypeError
			require.ErrorAs(t, err, &unknown)
			require.Equal(t, e.Type, unknown.Type)
			require.ErrorContains(t, err, "stream "+e.Stream+" at version 3, type "+e.Type)
		})
	}
}

func TestFoldRefusesWhatItCannotRead(t *testing.T) {
	t.Parallel()
	_, err := Model().Fold(nil, eventstore.Event{Stream: "seat-x-1", Version: 1, Type: "seat.held.v1", Payload: []byte("nonsense")})
	require.ErrorContains(t, err, "stream seat-x-1 at version 1")

	_, err = Model().Fold(wallet.State{}, eventstore.Event{Stream: "seat-x-1", Version: 2, Type: "seat.held.v1", Payload: []byte("{}")})
	require.ErrorContains(t, err, "state is a wallet.State, not a seat.State")
}

func TestLoadRefusesAStateOfAnotherKind(t *testing.T) {
	t.Parallel()
	s := given(t, charged(500))
	_, err := s.log.execute(ctx, eventstore.Command[domain.State]{}, func(tx transaction) error {
		_, err := load[seat.State](tx, wallet.Stream(ann))
		return err
	})
	require.ErrorContains(t, err, "state is a wallet.State, not a seat.State")
}

func TestLatestIsState(t *testing.T) {
	t.Parallel()
	for stream, want := range map[string]bool{
		seat.Stream(thePerformance, 7): true,
		wallet.Stream(ann):             true,
		admission.Stream(annsTurn):     true,
		reservation.Stream(annsHold):   false,
		concert.Stream(theConcert):     false,
		"":                             false,
		"seats":                        false,
	} {
		require.Equal(t, want, Model().LatestIsState(stream), stream)
	}
}

// States that are said to be timeless must not change with the time of recording.
func TestTimeless(t *testing.T) {
	t.Parallel()
	for stream, want := range map[string]bool{
		wallet.Stream(ann):                 true,
		admission.Stream(annsTurn):         true,
		concert.Stream(theConcert):         true,
		seat.Stream(thePerformance, 7):     false,
		reservation.Stream(annsHold):       false,
		performance.Stream(thePerformance): true,
		user.Stream(ann):                   true,
		"":                                 false,
	} {
		require.Equal(t, want, Model().Timeless(stream), stream)
	}
	spent := admission.Spent{AdmissionID: annsTurn, UserID: ann, ConcertID: theConcert, PaymentID: "payment"}
	require.Equal(t, wallet.State{}.Evolve(charged(500), noon), wallet.State{}.Evolve(charged(500), noon.Add(time.Hour)))
	require.Equal(t, admission.State{}.Evolve(spent, noon), admission.State{}.Evolve(spent, noon.Add(time.Hour)))
	require.Equal(t, concert.State{}.Evolve(announced, noon), concert.State{}.Evolve(announced, noon.Add(time.Hour)))
	require.Equal(t, performance.State{}.Evolve(scheduled, noon), performance.State{}.Evolve(scheduled, noon.Add(time.Hour)))
	forgotten := user.Forgotten{}
	require.Equal(t, user.State{}.Evolve(forgotten, noon), user.State{}.Evolve(forgotten, noon.Add(time.Hour)))
}

func TestReservationsAddUpToTheHoldsOfTheirUser(t *testing.T) {
	t.Parallel()
	const second domain.ReservationID = "018f4e9a-0003-7000-8000-0000000000a2"
	later := noon.Add(time.Minute)
	s := given(t, onSale(holdOf(ann, annsHold, 1, 2)...)...).
		and(later, holdOf(ann, second, 3, 4, 5)...)
	live := func() holds.State {
		state, err := stateAs[holds.State](s.log.tags[holds.Tag(ann)])
		require.NoError(t, err)
		return state
	}
	require.Equal(t, 5, live().Seats(later))
	_, until := live().Window(later)
	require.Equal(t, noon.Add(holdTime), until, "the next change is the end of the first hold")

	s.and(later, reservation.Cancelled(endOf(ann, annsHold, noon, 1, 2)))
	require.Equal(t, 3, live().Seats(later))
	_, until = live().Window(later)
	require.Equal(t, later.Add(holdTime), until)
}

func TestFoldHoldsNamesWhatItDoesNotKnow(t *testing.T) {
	t.Parallel()
	_, err := Model().FoldTag(nil, eventstore.Event{Stream: "reservation-x", Version: 2, Type: "reservation.moved.v1", Payload: []byte("{}")})
	var unknown *domain.UnknownTypeError
	require.ErrorAs(t, err, &unknown)
	require.ErrorContains(t, err, "stream reservation-x at version 2, type reservation.moved.v1")
}

func TestRecordFailsOnAnEventThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	s := given(t)
	_, err := s.log.execute(ctx, eventstore.Command[domain.State]{}, func(tx transaction) error {
		var f facts
		f.add("concert-x", concert.Announced{Title: "\xff"})
		f.add("concert-y", concert.Announced{})
		return f.record(tx)
	})
	require.ErrorContains(t, err, "encode concert.announced.v1")
	s.then()
}
