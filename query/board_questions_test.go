package query_test

import (
	"context"
	"encoding/json"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/domain"
	"github.com/holdfast-dev/holdfast/projections/board"
	"github.com/holdfast-dev/holdfast/projections/history"
	"github.com/holdfast-dev/holdfast/query"
)

const nobody = "00000000-0000-4000-8000-000000000001"

func TestListConcerts(t *testing.T) {
	t.Parallel()
	s := history.New(1)
	empty, _ := boardOf(t, s)
	none, err := query.NewListConcerts(empty).Ask(t.Context(), 0)
	require.NoError(t, err)
	require.NotNil(t, none.Concerts, "an empty list, not null")
	require.Empty(t, none.Concerts)

	norma, tosca := s.Announce("Norma"), s.Announce("Tosca")
	b, _ := boardOf(t, s)
	list, err := query.NewListConcerts(b).Ask(t.Context(), position(s))
	require.NoError(t, err)
	require.Equal(t, []query.Concert{
		{ConcertID: norma, Title: "Norma", Venue: "Große Halle", Currency: "EUR"},
		{ConcertID: tosca, Title: "Tosca", Venue: "Große Halle", Currency: "EUR"},
	}, list.Concerts)
	require.NotEqual(t, none.Revision, list.Revision)
	again, err := query.NewListConcerts(b).Ask(t.Context(), 0)
	require.NoError(t, err)
	require.Equal(t, list.Revision, again.Revision)
}

func TestDatesOfConcert(t *testing.T) {
	t.Parallel()
	s := history.New(1)
	concert := s.Announce("Norma")
	open, full := s.Schedule(concert, 3), s.Schedule(concert, 1)
	s.Hold(s.User(0), open, 1)
	s.Hold(s.User(0), full, 1)
	b, log := boardOf(t, s)
	dates := query.NewDatesOfConcert(b)

	free, err := dates.Ask(t.Context(), concert, false, 0)
	require.NoError(t, err)
	require.Equal(t, []query.Date{{
		Date: "2026-07-31", PerformanceID: open, StartsAt: time.Date(2026, 7, 31, 18, 0, 0, 0, time.UTC), SeatsTotal: 3, SeatsAvailable: 2,
	}}, free.Dates)
	all, err := dates.Ask(t.Context(), concert, true, 0)
	require.NoError(t, err)
	require.Len(t, all.Dates, 2)
	require.Equal(t, full, all.Dates[1].PerformanceID)
	require.Zero(t, all.Dates[1].SeatsAvailable)
	require.NotEqual(t, free.Revision, all.Revision)

	log.Set(s.Now().Add(history.HoldLength))
	later, err := dates.Ask(t.Context(), concert, false, 0)
	require.NoError(t, err)
	require.Len(t, later.Dates, 2, "the holds have ended by the clock")
	require.NotEqual(t, free.Revision, later.Revision)

	log.Set(time.Date(2026, 7, 31, 18, 0, 0, 0, time.UTC))
	begun, err := dates.Ask(t.Context(), concert, false, 0)
	require.NoError(t, err)
	require.Len(t, begun.Dates, 1)
	require.Equal(t, full, begun.Dates[0].PerformanceID, "one that has begun sells no more")

	_, err = dates.Ask(t.Context(), nobody, true, 0)
	requireCode(t, domain.CodeConcertNotFound, err)
}

func TestSeatsOfDate(t *testing.T) {
	t.Parallel()
	s := history.New(1)
	concert := s.Announce("Norma")
	matinee := s.ScheduleAt(concert, 2, time.Date(2026, 8, 1, 9, 0, 0, 0, time.UTC))
	evening := s.ScheduleAt(concert, 1, time.Date(2026, 8, 1, 18, 0, 0, 0, time.UTC))
	s.Schedule(concert, 5)
	s.Hold(s.User(0), matinee, 2)
	b, log := boardOf(t, s)
	seats := query.NewSeatsOfDate(b)

	list, err := seats.Ask(t.Context(), concert, "2026-08-01", false, position(s))
	require.NoError(t, err)
	require.Len(t, list.Performances, 2)
	require.Equal(t, []query.Seat{{Number: 1, State: "available", Price: 9000}, {Number: 2, State: "held", Price: 9000}}, list.Performances[0].Seats())
	require.Equal(t, 1, list.Performances[0].Available())
	require.JSONEq(t, `{"date":"2026-08-01","performances":[
		{"performanceId":"`+string(matinee)+`","startsAt":"2026-08-01T09:00:00Z","seats":[
			{"number":1,"state":"available","price":9000},{"number":2,"state":"held","price":9000}]},
		{"performanceId":"`+string(evening)+`","startsAt":"2026-08-01T18:00:00Z","seats":[
			{"number":1,"state":"available","price":9000}]}]}`, string(list.AppendJSON(nil)))

	free, err := seats.Ask(t.Context(), concert, "2026-08-01", true, 0)
	require.NoError(t, err)
	require.Equal(t, []query.Seat{{Number: 1, State: "available", Price: 9000}}, free.Performances[0].Seats())
	require.True(t, json.Valid(free.AppendJSON(nil)))
	require.NotEqual(t, list.Revision, free.Revision, "another representation")

	log.Set(s.Now().Add(history.HoldLength))
	later, err := seats.Ask(t.Context(), concert, "2026-08-01", false, 0)
	require.NoError(t, err)
	require.Equal(t, "available", later.Performances[0].Seats()[1].State)
	require.NotEqual(t, list.Revision, later.Revision)

	_, err = seats.Ask(t.Context(), concert, "2026-08-09", false, 0)
	requireCode(t, query.CodeDateNotFound, err)
	_, err = seats.Ask(t.Context(), nobody, "2026-08-01", false, 0)
	requireCode(t, domain.CodeConcertNotFound, err)
}

func TestWatchSeats(t *testing.T) {
	t.Parallel()
	s := history.New(1)
	concert := s.Announce("Norma")
	other := s.Announce("Tosca")
	night := s.Schedule(concert, 2)
	b, _ := boardOf(t, s)
	question := query.NewWatchSeats(b)
	_, err := question.Ask(t.Context(), concert, nobody, 0)
	requireCode(t, domain.CodePerformanceNotFound, err)
	_, err = question.Ask(t.Context(), other, night, 0)
	requireCode(t, domain.CodePerformanceNotFound, err)

	watch, err := question.Ask(t.Context(), concert, night, position(s))
	require.NoError(t, err)
	defer watch.Close()
	snapshot, revision := watch.Snapshot()
	require.Equal(t, night, snapshot.PerformanceID)
	require.Equal(t, 2, snapshot.Available())
	require.Equal(t, "3", revision)
	require.JSONEq(t, `{"performanceId":"`+string(night)+`","startsAt":"2026-07-31T18:00:00Z","seats":[
		{"number":1,"state":"available","price":9000},{"number":2,"state":"available","price":9000}]}`, string(watch.AppendSnapshot(nil)))

	s.Hold(s.User(0), night, 2)
	require.NoError(t, b.Apply(s.Events()))
	changes, more, err := watch.Next(t.Context())
	require.NoError(t, err)
	require.True(t, more)
	require.Equal(t, query.SeatChanges{Revision: "5", Available: 1, Seats: []query.Seat{{Number: 2, State: "held", Price: 9000}}}, changes)

	impatient, cancel := context.WithCancel(t.Context())
	cancel()
	_, _, err = watch.Next(impatient)
	require.ErrorIs(t, err, context.Canceled)
	watch.Close()
	_, more, err = watch.Next(t.Context())
	require.NoError(t, err)
	require.False(t, more)
}

// Every question to the board waits for the position it is asked with.
func TestBoardQuestionsWait(t *testing.T) {
	t.Parallel()
	s := history.New(1)
	concert := s.Announce("Norma")
	night := s.Schedule(concert, 2)
	for name, ask := range map[string]func(context.Context, query.Board, query.Position) error{
		"concerts": func(ctx context.Context, b query.Board, at query.Position) error {
			_, err := query.NewListConcerts(b).Ask(ctx, at)
			return err
		},
		"dates": func(ctx context.Context, b query.Board, at query.Position) error {
			_, err := query.NewDatesOfConcert(b).Ask(ctx, concert, true, at)
			return err
		},
		"seats": func(ctx context.Context, b query.Board, at query.Position) error {
			_, err := query.NewSeatsOfDate(b).Ask(ctx, concert, "2026-07-31", false, at)
			return err
		},
		"watch": func(ctx context.Context, b query.Board, at query.Position) error {
			watch, err := query.NewWatchSeats(b).Ask(ctx, concert, night, at)
			if err == nil {
				watch.Close()
			}
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				b := board.New(history.NewLog(nil), board.Options{})
				began := time.Now()
				require.ErrorIs(t, ask(t.Context(), b, 2), query.ErrBehind)
				require.Equal(t, query.Patience, time.Since(began))

				go func() {
					time.Sleep(query.Patience / 2)
					_ = b.Apply(s.Events())
				}()
				began = time.Now()
				require.NoError(t, ask(t.Context(), b, 2))
				require.Equal(t, query.Patience/2, time.Since(began))

				ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
				defer cancel()
				require.ErrorIs(t, ask(ctx, b, 3), context.DeadlineExceeded)
			})
		})
	}
}
