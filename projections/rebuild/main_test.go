package rebuild_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/eventstore"
	"github.com/holdfast-dev/holdfast/internal/pgtest"
	"github.com/holdfast-dev/holdfast/projections"
	"github.com/holdfast-dev/holdfast/projections/history"
	"github.com/holdfast-dev/holdfast/projections/rebuild"
)

func TestMain(m *testing.M) { pgtest.Main(m, eventstore.Migrate, projections.Migrate) }

// connect opens a pool on a database of its own that acts as the projector.
func connect(t testing.TB) *pgxpool.Pool {
	t.Helper()
	pool, err := eventstore.Connect(t.Context(), pgtest.New(t), eventstore.RoleProjector)
	require.NoError(t, err)
	t.Cleanup(pool.Close)
	return pool
}

// quick is a configuration for tests that wait for what takes seconds otherwise.
var quick = projections.Options{
	Pace: time.Millisecond, Standby: 20 * time.Millisecond, MaxBackoff: 50 * time.Millisecond, StallLimit: time.Second,
}

// run keeps builds current as a server does, until the returned function is
// called, which the end of the test does too.
func run(t testing.TB, pool *pgxpool.Pool, log projections.Log, all []projections.Projection) (stop func()) {
	t.Helper()
	runner := projections.NewRunner(pool, log, all, quick)
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	var running sync.WaitGroup
	running.Go(func() { runner.Run(ctx) })
	stop = func() {
		cancel()
		running.Wait()
	}
	t.Cleanup(stop)
	return stop
}

// live brings the live builds to the end of the log by ordinary steps.
func live(t testing.TB, pool *pgxpool.Pool, log *history.Log, all []projections.Projection) {
	t.Helper()
	head, err := log.Head(t.Context())
	require.NoError(t, err)
	for _, p := range all {
		err := projections.CatchUp(t.Context(), pool, p, projections.Live, log, head.Position,
			projections.Options{}, func(eventstore.Position) {})
		require.NoError(t, err)
	}
}

func randomLog(seed uint64, events int) *history.Log {
	sale := history.New(seed)
	sale.Random(events)
	return history.NewLog(sale.Events())
}

// requireEqual compares every projection with the live one.
func requireEqual(t testing.TB, b *rebuild.Builder, all []projections.Projection, place string) {
	t.Helper()
	for _, p := range all {
		comparison, err := b.Compare(t.Context(), p, place)
		require.NoError(t, err)
		require.True(t, comparison.Equal(), "%s: %+v", p.Name, comparison.First)
	}
}

func checkpoint(t testing.TB, pool *pgxpool.Pool, projection, place string) projections.Checkpoint {
	t.Helper()
	found, err := projections.ReadCheckpoint(t.Context(), pool, projection, place)
	require.NoError(t, err)
	return found
}

// exec runs a statement as the projector.
func exec(t testing.TB, pool *pgxpool.Pool, sql string) {
	t.Helper()
	_, err := pool.Exec(t.Context(), sql)
	require.NoError(t, err)
}

func textOf(t testing.TB, pool *pgxpool.Pool, sql string) string {
	t.Helper()
	rows, err := pool.Query(t.Context(), sql)
	require.NoError(t, err)
	text, err := pgx.CollectExactlyOneRow(rows, pgx.RowTo[string])
	require.NoError(t, err)
	return text
}

func eventually(t testing.TB, condition func() bool, what string) {
	t.Helper()
	require.Eventually(t, condition, 15*time.Second, 2*time.Millisecond, what)
}
