package board_test

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/domain"
	"github.com/holdfast-dev/holdfast/eventstore"
	"github.com/holdfast-dev/holdfast/projections"
	"github.com/holdfast-dev/holdfast/projections/board"
	"github.com/holdfast-dev/holdfast/projections/history"
	"github.com/holdfast-dev/holdfast/projections/sale"
)

// boardOf returns a board that shows a whole history, and the log that it
// takes the time from.
func boardOf(t testing.TB, s *history.Sale) (*board.Board, *history.Log) {
	t.Helper()
	log := history.NewLog(s.Events())
	b := board.New(log, board.Options{})
	require.NoError(t, b.Apply(s.Events()))
	return b, log
}

func seatsOf(t testing.TB, b *board.Board, id domain.PerformanceID) *sale.View {
	t.Helper()
	view, found := b.Seats(id)
	require.True(t, found)
	return view
}

func TestEmptyBoard(t *testing.T) {
	t.Parallel()
	b := board.New(history.NewLog(nil), board.Options{})
	require.Empty(t, b.Concerts())
	_, found := b.Concert("c")
	require.False(t, found)
	_, found = b.Performances("c")
	require.False(t, found)
	_, found = b.Performance("p")
	require.False(t, found)
	_, found = b.Seats("p")
	require.False(t, found)
	_, found = b.Watch("p")
	require.False(t, found)
	require.False(t, b.AdmissionOver("a"))
	require.Zero(t, b.Position())
	require.NoError(t, b.WaitFor(t.Context(), 0))
}

func TestConcertsAndDates(t *testing.T) {
	t.Parallel()
	s := history.New(1)
	second := s.Announce("Second in the alphabet")
	first := s.Announce("A first")
	late := s.ScheduleAt(second, 10, time.Date(2026, 8, 2, 18, 0, 0, 0, time.UTC))
	matinee := s.ScheduleAt(second, 20, time.Date(2026, 8, 1, 9, 0, 0, 0, time.UTC))
	evening := s.ScheduleAt(second, 30, time.Date(2026, 8, 1, 18, 0, 0, 0, time.UTC))
	b, _ := boardOf(t, s)

	concerts := b.Concerts()
	require.Len(t, concerts, 2)
	require.Equal(t, sale.Concert{
		ID: second, Title: "Second in the alphabet", Venue: "Große Halle", Currency: "EUR",
		QueueCapacity: 100, Session: 10 * time.Minute,
	}, concerts[0], "in the order of announcement")
	require.Equal(t, first, concerts[1].ID)
	got, found := b.Concert(first)
	require.True(t, found)
	require.Equal(t, "A first", got.Title)

	dates, found := b.Performances(second)
	require.True(t, found)
	var ids []domain.PerformanceID
	for _, seats := range dates {
		ids = append(ids, seats.Performance().ID)
	}
	require.Equal(t, []domain.PerformanceID{matinee, evening, late}, ids, "by date and start")
	dates, found = b.Performances(first)
	require.True(t, found)
	require.Empty(t, dates)

	p, found := b.Performance(evening)
	require.True(t, found)
	require.Equal(t, sale.Performance{
		ID: evening, ConcertID: second, Date: "2026-08-01", StartsAt: time.Date(2026, 8, 1, 18, 0, 0, 0, time.UTC),
		TimeZone: "Europe/Berlin", SeatCount: 30, SeatPrice: history.SeatPrice,
	}, p)
}

func TestSeatsFollowTheEvents(t *testing.T) {
	t.Parallel()
	s := history.New(1)
	night := s.Schedule(s.Announce("Norma"), 6)
	s.Charge(s.User(0), 100_000)
	paid, _ := s.Hold(s.User(0), night, 1, 2)
	given, _ := s.Hold(s.User(1), night, 3)
	s.Hold(s.User(2), night, 4)
	_, ok := s.Pay(paid, "")
	require.True(t, ok)
	require.True(t, s.Cancel(given))
	b, _ := boardOf(t, s)

	view := seatsOf(t, b, night)
	for number, want := range []sale.State{sale.Sold, sale.Sold, sale.Available, sale.Held, sale.Available, sale.Available} {
		require.Equal(t, want, view.Seat(number+1), "seat %d", number+1)
	}
	require.Equal(t, 3, view.Available())
}

func TestHoldEndsByTheStoresClock(t *testing.T) {
	t.Parallel()
	s := history.New(1)
	night := s.Schedule(s.Announce("Norma"), 1)
	s.Hold(s.User(0), night, 1)
	b, log := boardOf(t, s)

	end := s.Now().Add(history.HoldLength)
	log.Set(end.Add(-time.Microsecond))
	require.Equal(t, sale.Held, seatsOf(t, b, night).Seat(1))
	log.Set(end)
	require.Equal(t, sale.Available, seatsOf(t, b, night).Seat(1))
	require.Equal(t, end, b.Now())
}

func TestAdmissionsThatAreOver(t *testing.T) {
	t.Parallel()
	s := history.New(1)
	night := s.Schedule(s.Announce("Norma"), 2)
	p := s.Events()
	require.Len(t, p, 2)
	s.Charge(s.User(0), 100_000)
	reservation, _ := s.Hold(s.User(0), night, 1)
	spent := s.Turn()
	_, ok := s.Pay(reservation, spent)
	require.True(t, ok)
	given := s.GiveUp(s.User(1), "00000000-0000-4000-8000-000000000001")
	b, _ := boardOf(t, s)

	require.True(t, b.AdmissionOver(spent))
	require.True(t, b.AdmissionOver(given))
	require.False(t, b.AdmissionOver(s.Turn()))
	require.False(t, b.AdmissionOver("not an id"))
}

func TestAdmissionsAreForgottenInTime(t *testing.T) {
	t.Parallel()
	s := history.New(1)
	const concert = "00000000-0000-4000-8000-000000000001"
	s.Pass(time.Second)
	old := s.GiveUp(s.User(0), concert)
	s.Pass(50 * time.Minute)
	recent := s.GiveUp(s.User(0), concert)
	s.Pass(50 * time.Minute)
	s.GiveUp(s.User(0), concert)
	b := board.New(history.NewLog(nil), board.Options{Memory: time.Hour})
	require.NoError(t, b.Apply(s.Events()))
	require.True(t, b.AdmissionOver(recent))
	s.Pass(2 * time.Hour)
	s.GiveUp(s.User(0), concert)
	require.NoError(t, b.Apply(s.Events()))
	require.False(t, b.AdmissionOver(old))
}

func TestApplySkipsWhatItHasSeen(t *testing.T) {
	t.Parallel()
	s := history.New(1)
	night := s.Schedule(s.Announce("Norma"), 2)
	reservation, _ := s.Hold(s.User(0), night, 1)
	s.Cancel(reservation)
	b, _ := boardOf(t, s)
	require.NoError(t, b.Apply(s.Events()[:3]))
	require.Equal(t, eventstore.Position(len(s.Events())), b.Position())
	require.Equal(t, 2, seatsOf(t, b, night).Available())
}

func TestBadEventStopsTheBoardBeforeIt(t *testing.T) {
	t.Parallel()
	lawful := func() (*history.Sale, domain.PerformanceID) {
		s := history.New(1)
		night := s.Schedule(s.Announce("Norma"), 2)
		s.Hold(s.User(0), night, 1)
		return s, night
	}
	next := func(s *history.Sale, wireType, payload string) eventstore.Event {
		return eventstore.Event{
			Position: eventstore.Position(len(s.Events()) + 1), Stream: "seat-x-1", Version: 7, Type: wireType,
			Payload: []byte(payload), RecordedAt: s.Now(),
		}
	}
	cases := map[string]struct{ wireType, payload string }{
		"unknown type":      {"seat.painted.v1", `{}`},
		"unknown aggregate": {"poster.printed.v1", `{}`},
		"not JSON":          {"seat.held.v1", `{`},
		"no such seat":      {"seat.held.v1", `{"performanceId":"NIGHT","seat":3,"reservationId":"r","userId":"u","price":1,"holdMs":1}`},
		"no such performance": {
			"seat.held.v1",
			`{"performanceId":"00000000-0000-4000-8000-000000000001","seat":1,"reservationId":"r","userId":"u","price":1,"holdMs":1}`,
		},
		"no such concert": {
			"performance.scheduled.v1",
			`{"performanceId":"p","concertId":"c","startsAt":"2026-08-01T18:00:00Z","timeZone":"UTC","date":"2026-08-01","seats":{"count":1,"price":1}}`,
		},
		"admission without id": {"admission.given_up.v1", `{"admissionId":"","userId":"u","concertId":"c"}`},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, night := lawful()
			b := board.New(history.NewLog(nil), board.Options{})
			payload := replaceNight(c.payload, night)
			err := b.Apply(append(s.Events(), next(s, c.wireType, payload)))
			bad, is := errors.AsType[*projections.BadEventError](err)
			require.True(t, is, "%v", err)
			require.Equal(t, eventstore.Position(len(s.Events())+1), bad.Position)
			require.Equal(t, "seat-x-1", bad.Stream)
			require.Equal(t, eventstore.Version(7), bad.Version)
			require.Equal(t, c.wireType, bad.Type)
			require.Equal(t, eventstore.Position(len(s.Events())), b.Position())
			require.Equal(t, 1, seatsOf(t, b, night).Available(), "what came before shows")
		})
	}
}

func TestEventsOfOthersAreNoBusinessOfTheBoard(t *testing.T) {
	t.Parallel()
	b := board.New(history.NewLog(nil), board.Options{})
	require.NoError(t, b.Apply([]eventstore.Event{{Position: 1, Type: "wallet.minted.v9"}, {Position: 2, Type: "reservation.moved.v2"}}))
	require.Equal(t, eventstore.Position(2), b.Position())
}
