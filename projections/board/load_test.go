package board_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/holdfast-dev/holdfast/domain"
	"github.com/holdfast-dev/holdfast/domain/admission"
	"github.com/holdfast-dev/holdfast/eventstore"
	"github.com/holdfast-dev/holdfast/internal/pgtest"
	"github.com/holdfast-dev/holdfast/projections"
	"github.com/holdfast-dev/holdfast/projections/board"
	"github.com/holdfast-dev/holdfast/projections/history"
)

func TestMain(m *testing.M) { pgtest.Main(m, eventstore.Migrate, projections.Migrate) }

func connect(t testing.TB) *pgxpool.Pool {
	t.Helper()
	pool, err := eventstore.Connect(t.Context(), pgtest.New(t), eventstore.RoleProjector)
	require.NoError(t, err)
	t.Cleanup(pool.Close)
	return pool
}

// project brings the tables of the sale from wherever they stand to the end of
// a log.
func project(t require.TestingT, pool *pgxpool.Pool, log *history.Log) {
	ctx, stop := context.WithTimeout(context.Background(), 20*time.Second)
	defer stop()
	head, err := log.Head(ctx)
	require.NoError(t, err)
	runner := projections.NewRunner(pool, log, []projections.Projection{projections.Sales()}, projections.Options{PageSize: 50})
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		runner.Run(ctx)
	}()
	for runner.Status()[0].Position < head.Position && ctx.Err() == nil {
		time.Sleep(time.Millisecond)
	}
	require.NoError(t, ctx.Err(), "status %+v", runner.Status()[0])
	stop()
	<-ended
}

// clear brings the tables of the sale to the beginning of the log.
func clearTables(t require.TestingT, pool *pgxpool.Pool) {
	ctx := context.Background()
	_, err := pool.Exec(ctx, `TRUNCATE holdfast_read.concerts, holdfast_read.performances, holdfast_read.seats, holdfast_read.admissions`)
	require.NoError(t, err)
	_, err = pool.Exec(ctx, `UPDATE holdfast_read.checkpoints SET position = 0, event_at = NULL`)
	require.NoError(t, err)
}

// content is everything that a board shows.
type content struct {
	Concerts []domain.ConcertID
	Dates    map[domain.ConcertID][]domain.PerformanceID
	Seats    map[domain.PerformanceID]shown
}

type shown struct {
	Revision  string
	Available int
	Seats     []string
	Until     time.Time
}

func contentOf(t require.TestingT, b *board.Board) content {
	c := content{Dates: map[domain.ConcertID][]domain.PerformanceID{}, Seats: map[domain.PerformanceID]shown{}}
	for _, concert := range b.Concerts() {
		c.Concerts = append(c.Concerts, concert.ID)
		dates, found := b.Performances(concert.ID)
		require.True(t, found)
		for _, seats := range dates {
			id := seats.Performance().ID
			c.Dates[concert.ID] = append(c.Dates[concert.ID], id)
			view, found := b.Seats(id)
			require.True(t, found)
			s := shown{Revision: view.Revision(), Available: view.Available()}
			s.Until, _ = view.GoodUntil()
			for _, state := range view.Seats() {
				s.Seats = append(s.Seats, state.String())
			}
			c.Seats[id] = s
		}
	}
	return c
}

// However far the tables are, a board that starts from them and follows shows
// what a board shows that has read everything, under the same revisions.
func TestBoardFromTheTablesEqualsBoardFromTheLog(t *testing.T) {
	t.Parallel()
	pool := connect(t)
	rapid.Check(t, func(r *rapid.T) {
		clearTables(r, pool)
		s := history.New(rapid.Uint64().Draw(r, "seed"))
		s.Random(rapid.IntRange(2, 300).Draw(r, "events"))
		events := s.Events()
		cut := rapid.IntRange(1, len(events)).Draw(r, "tables end at")
		project(r, pool, history.NewLog(events[:cut]))

		log := history.NewLog(events)
		log.Set(s.Now().Add(time.Duration(rapid.IntRange(0, 400).Draw(r, "seconds later")) * time.Second))
		loaded := board.New(log, board.Options{})
		require.NoError(r, loaded.Load(t.Context(), pool))
		require.Equal(r, eventstore.Position(cut), loaded.Position())
		require.NoError(r, loaded.Apply(events[cut:]))

		followed := board.New(log, board.Options{})
		page := rapid.IntRange(1, 100).Draw(r, "page")
		for from := 0; from < len(events); from += page {
			require.NoError(r, followed.Apply(events[from:min(from+page, len(events))]))
		}
		require.Equal(r, contentOf(r, followed), contentOf(r, loaded))
		for _, turn := range turnsOf(events) {
			require.True(r, followed.AdmissionOver(turn))
		}
	})
}

func turnsOf(events []eventstore.Event) (turns []domain.AdmissionID) {
	for _, e := range events {
		if event, err := admission.Decode(e.Type, e.Payload); err == nil {
			switch event := event.(type) {
			case admission.Spent:
				turns = append(turns, event.AdmissionID)
			case admission.GivenUp:
				turns = append(turns, event.AdmissionID)
			}
		}
	}
	return turns
}

func TestLoadRemembersAdmissions(t *testing.T) {
	t.Parallel()
	pool := connect(t)
	const recent, old = "00000000-0000-4000-8000-000000000001", "00000000-0000-4000-8000-000000000002"
	_, err := pool.Exec(t.Context(), `
		INSERT INTO holdfast_read.admissions (admission_id, concert_id, user_id, outcome, over_at) VALUES
		    ($1::text::uuid, $1::text::uuid, $1::text::uuid, 'spent', clock_timestamp() - interval '1 hour'),
		    ($2::text::uuid, $1::text::uuid, $1::text::uuid, 'given_up', clock_timestamp() - interval '3 hours')`, recent, old)
	require.NoError(t, err)
	b := board.New(history.NewLog(nil), board.Options{Memory: 2 * time.Hour})
	require.NoError(t, b.Load(t.Context(), pool))
	require.True(t, b.AdmissionOver(recent))
	require.False(t, b.AdmissionOver(old))
}

func TestLoadLeavesTheBoardEmptyWhereThereIsNothingToLoad(t *testing.T) {
	t.Parallel()
	pool := connect(t)
	s := history.New(1)
	s.Random(50)
	project(t, pool, history.NewLog(s.Events()))
	for _, change := range []string{
		`UPDATE holdfast_read.checkpoints SET version = version + 1`,
		`DELETE FROM holdfast_read.checkpoints`,
	} {
		_, err := pool.Exec(t.Context(), change)
		require.NoError(t, err)
		b := board.New(history.NewLog(s.Events()), board.Options{})
		require.NoError(t, b.Load(t.Context(), pool))
		require.Zero(t, b.Position())
		require.Empty(t, b.Concerts())
	}
}

// The log was restored from an older copy and the tables were not: the board
// shows what the log says, whether or not that has grown since.
func TestLoadLeavesTheBoardEmptyWhereTheTablesAreNotOfThisLog(t *testing.T) {
	t.Parallel()
	before, after := history.New(2), history.New(3)
	before.Random(200)
	after.Pass(time.Hour)
	after.Random(300)
	for name, events := range map[string][]eventstore.Event{
		"the log ends before": before.Events()[:120], "the log has other events": after.Events(), "the log is empty": nil,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			pool := connect(t)
			project(t, pool, history.NewLog(before.Events()))
			var said bytes.Buffer
			loaded := board.New(history.NewLog(events), board.Options{Logger: slog.New(slog.NewTextHandler(&said, nil))})
			require.NoError(t, loaded.Load(t.Context(), pool))
			require.Zero(t, loaded.Position())
			require.Contains(t, said.String(), "it reads the log from the beginning")

			require.NoError(t, loaded.Apply(events))
			followed := board.New(history.NewLog(events), board.Options{})
			require.NoError(t, followed.Apply(events))
			require.Equal(t, contentOf(t, followed), contentOf(t, loaded))
			for _, turn := range turnsOf(before.Events()) {
				require.Equal(t, followed.AdmissionOver(turn), loaded.AdmissionOver(turn))
			}
		})
	}
}

func TestLoadFailsWithoutALog(t *testing.T) {
	t.Parallel()
	pool := connect(t)
	s := history.New(1)
	s.Random(50)
	log := history.NewLog(s.Events())
	project(t, pool, log)
	away := errors.New("away")
	log.Fail(away)
	b := board.New(log, board.Options{})
	require.ErrorIs(t, b.Load(t.Context(), pool), away)
	require.Zero(t, b.Position())
}

func TestLoadFailsOnTablesThatDisagree(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]string{
		"seat beyond the hall": `UPDATE holdfast_read.performances SET seat_count = 1`,
		"seat of nothing":      `DELETE FROM holdfast_read.performances`,
		"no table":             `DROP TABLE holdfast_read.seats`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			pool := connect(t)
			s := history.New(1)
			night := s.Schedule(s.Announce("Norma"), 5)
			s.Hold(s.User(0), night, 5)
			project(t, pool, history.NewLog(s.Events()))
			_, err := pool.Exec(t.Context(), change)
			require.NoError(t, err)
			b := board.New(history.NewLog(s.Events()), board.Options{})
			err = b.Load(t.Context(), pool)
			require.ErrorContains(t, err, "load the board: ")
			require.ErrorContains(t, err, "seats")
			require.Zero(t, b.Position())
		})
	}
}

func TestLoadFailsWithoutADatabase(t *testing.T) {
	t.Parallel()
	pool := connect(t)
	pool.Close()
	b := board.New(history.NewLog(nil), board.Options{})
	require.Error(t, b.Load(t.Context(), pool))
}
