package rebuild_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/eventstore"
	"github.com/holdfast-dev/holdfast/internal/pgtest"
	"github.com/holdfast-dev/holdfast/projections"
	"github.com/holdfast-dev/holdfast/projections/history"
	"github.com/holdfast-dev/holdfast/projections/rebuild"
)

// BenchmarkBuild is how fast all read models are built, on a server without
// fsync.
func BenchmarkBuild(b *testing.B) {
	const events = 500_000
	url := pgtest.New(b)
	require.NoError(b, history.Fill(b.Context(), url, 1, events))
	pool, err := eventstore.Connect(b.Context(), url, eventstore.RoleProjector)
	require.NoError(b, err)
	b.Cleanup(pool.Close)
	log, err := eventstore.Open(b.Context(), pool, eventstore.Options{AllowUnsafe: true})
	require.NoError(b, err)
	b.Cleanup(log.Close)
	builder := rebuild.New(pool, log, rebuild.Options{})
	for b.Loop() {
		require.NoError(b, builder.Build(b.Context(), projections.All()))
		b.StopTimer()
		for _, p := range projections.All() {
			_, err := rebuild.Discard(b.Context(), pool, p.Name, projections.Next)
			require.NoError(b, err)
		}
		b.StartTimer()
	}
	b.ReportMetric(float64(events*b.N)/b.Elapsed().Seconds(), "events/s")
}
