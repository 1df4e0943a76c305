package projections_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/internal/pgtest"
	"github.com/holdfast-dev/holdfast/projections"
	"github.com/holdfast-dev/holdfast/projections/history"
)

// BenchmarkFold is how fast each projection folds a log in memory.
func BenchmarkFold(b *testing.B) {
	sale := history.New(1)
	sale.Random(50_000)
	events := sale.Events()
	const page = 2_000
	for _, p := range projections.All() {
		b.Run(p.Name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				for from := 0; from < len(events); from += page {
					_, bad := projections.Fold(p.Name, p.Categories, p.NewPage(), events[from:min(from+page, len(events))])
					require.Nil(b, bad)
				}
			}
			b.ReportMetric(float64(len(events)*b.N)/b.Elapsed().Seconds(), "events/s")
		})
	}
}

// BenchmarkBuild is how fast each projection is built from a log in memory to
// tables on a server without fsync, by the size of the page.
func BenchmarkBuild(b *testing.B) {
	sale := history.New(1)
	sale.Random(100_000)
	log := history.NewLog(sale.Events())
	for _, p := range projections.All() {
		for _, page := range []int{20, 200, 2_000, 10_000} {
			b.Run(fmt.Sprintf("%s/page=%d", p.Name, page), func(b *testing.B) {
				pool := connect(b, pgtest.New(b))
				for b.Loop() {
					b.StopTimer()
					empty(b, pool)
					b.StartTimer()
					require.NoError(b, projections.Build(b.Context(), pool, p, projections.Live, log, page))
				}
				b.ReportMetric(float64(len(sale.Events())*b.N)/b.Elapsed().Seconds(), "events/s")
			})
		}
	}
}
