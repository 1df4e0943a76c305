package projections_test

import (
	"context"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/eventstore"
	"github.com/holdfast-dev/holdfast/internal/pgtest"
	"github.com/holdfast-dev/holdfast/projections"
)

func TestMain(m *testing.M) { pgtest.Main(m, eventstore.Migrate, projections.Migrate) }

// connect opens a pool that acts as the projector.
func connect(t testing.TB, url string) *pgxpool.Pool {
	t.Helper()
	pool, err := eventstore.Connect(t.Context(), url, eventstore.RoleProjector)
	require.NoError(t, err)
	t.Cleanup(pool.Close)
	return pool
}

// build folds a whole log into the live tables of all projections.
func build(t testing.TB, pool *pgxpool.Pool, log projections.Log, pageSize int) {
	t.Helper()
	for _, p := range projections.All() {
		require.NoError(t, projections.Build(t.Context(), pool, p, projections.Live, log, pageSize))
	}
}

// empty brings the live tables of all projections to the beginning of the log.
func empty(t testing.TB, pool *pgxpool.Pool) {
	t.Helper()
	for _, p := range projections.All() {
		for _, table := range p.Tables {
			_, err := pool.Exec(t.Context(), `TRUNCATE holdfast_read.`+table.Name+` CASCADE`)
			require.NoError(t, err)
		}
	}
	_, err := pool.Exec(t.Context(), `UPDATE holdfast_read.checkpoints SET position = 0, event_at = NULL`)
	require.NoError(t, err)
}

// digests returns the fingerprints of all projections by name.
func digests(t testing.TB, pool *pgxpool.Pool, place string) map[string]projections.Fingerprint {
	t.Helper()
	all := make(map[string]projections.Fingerprint)
	snapshot := pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}
	require.NoError(t, pgx.BeginTxFunc(t.Context(), pool, snapshot, func(tx pgx.Tx) error {
		for _, p := range projections.All() {
			fingerprint, err := projections.Digest(t.Context(), tx, p, place)
			if err != nil {
				return err
			}
			all[p.Name] = fingerprint
		}
		return nil
	}))
	return all
}

// rowsOf returns what a query selects, as text.
func rowsOf(t testing.TB, pool *pgxpool.Pool, sql string) [][]string {
	t.Helper()
	rows, err := pool.Query(t.Context(), sql, pgx.QueryExecModeSimpleProtocol)
	require.NoError(t, err)
	all, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) ([]string, error) {
		var texts []string
		for _, raw := range row.RawValues() {
			texts = append(texts, string(raw))
		}
		return texts, nil
	})
	require.NoError(t, err)
	return all
}

// quick is a configuration for tests that wait for what takes seconds otherwise.
var quick = projections.Options{
	Pace: time.Millisecond, Standby: 30 * time.Millisecond, MaxBackoff: 50 * time.Millisecond, StallLimit: 200 * time.Millisecond,
}

// run starts a runner and returns it with what stops it, which the end of the
// test does too.
func run(
	t *testing.T, pool *pgxpool.Pool, log projections.Log, all []projections.Projection, opts projections.Options,
) (runner *projections.Runner, stop func()) {
	t.Helper()
	runner = projections.NewRunner(pool, log, all, opts)
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		runner.Run(ctx)
	}()
	stop = func() {
		cancel()
		<-ended
	}
	t.Cleanup(stop)
	return runner, stop
}

// eventually waits for a condition that the test's subject brings about.
func eventually(t *testing.T, condition func() bool, what string) {
	t.Helper()
	require.Eventually(t, condition, 15*time.Second, 2*time.Millisecond, what)
}

// reached reports whether the checkpoint of a projection is at a position.
func reached(t *testing.T, pool *pgxpool.Pool, projection string, position eventstore.Position) func() bool {
	t.Helper()
	return func() bool {
		checkpoint, err := projections.ReadCheckpoint(t.Context(), pool, projection, projections.Live)
		return err == nil && checkpoint.Position == position
	}
}
