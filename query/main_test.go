package query_test

import (
	"context"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/domain"
	"github.com/holdfast-dev/holdfast/eventstore"
	"github.com/holdfast-dev/holdfast/internal/pgtest"
	"github.com/holdfast-dev/holdfast/projections"
	"github.com/holdfast-dev/holdfast/projections/board"
	"github.com/holdfast-dev/holdfast/projections/history"
	"github.com/holdfast-dev/holdfast/query"
)

func TestMain(m *testing.M) { pgtest.Main(m, eventstore.Migrate, projections.Migrate) }

// boardOf returns a board that shows a history, and the log that it takes the
// time from.
func boardOf(t testing.TB, s *history.Sale) (*board.Board, *history.Log) {
	t.Helper()
	log := history.NewLog(s.Events())
	b := board.New(log, board.Options{})
	require.NoError(t, b.Apply(s.Events()))
	return b, log
}

// tables returns a database whose read models have seen a log, and keep
// following it.
func tables(t testing.TB, log *history.Log) *pgxpool.Pool {
	t.Helper()
	return tablesBy(t, log, projections.Options{Pace: 25 * time.Millisecond})
}

// tablesBy is tables by a runner with given options.
func tablesBy(t testing.TB, log *history.Log, opts projections.Options) *pgxpool.Pool {
	t.Helper()
	pool, err := eventstore.Connect(t.Context(), pgtest.New(t), eventstore.RoleProjector)
	require.NoError(t, err)
	t.Cleanup(pool.Close)
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	runner := projections.NewRunner(pool, log, projections.All(), opts)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		runner.Run(ctx)
	}()
	t.Cleanup(func() {
		stop()
		<-ended
	})
	head, err := log.Head(ctx)
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		for _, status := range runner.Status() {
			if status.Position < head.Position {
				return false
			}
		}
		return true
	}, 15*time.Second, time.Millisecond)
	return pool
}

// settle makes the store's clock agree with the history's: it moves the ends
// of all holds so that they stand to the server's time as they stand to now.
func settle(t *testing.T, pool *pgxpool.Pool, now time.Time) {
	t.Helper()
	_, err := pool.Exec(t.Context(), `
		UPDATE holdfast_read.reservations SET expires_at = expires_at + (clock_timestamp() - $1::timestamptz)`, now)
	require.NoError(t, err)
}

// requireCode requires a refusal with a code.
func requireCode(t *testing.T, code domain.Code, err error) {
	t.Helper()
	require.Error(t, err)
	require.Equal(t, code, domain.CodeOf(err), "%v", err)
}

// position returns the end of a history.
func position(s *history.Sale) query.Position { return query.Position(len(s.Events())) }
