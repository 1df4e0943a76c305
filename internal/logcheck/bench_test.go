package logcheck_test

import (
	"runtime/debug"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/internal/logcheck"
	"github.com/holdfast-dev/holdfast/internal/pgtest"
	"github.com/holdfast-dev/holdfast/projections/history"
)

// BenchmarkVerify reads an on-sale of a million events.
func BenchmarkVerify(b *testing.B) {
	const events = 1_000_000
	defer debug.SetGCPercent(debug.SetGCPercent(400)) // as the program does
	databaseURL := pgtest.New(b)
	require.NoError(b, history.Fill(b.Context(), databaseURL, 1, events))
	for b.Loop() {
		started := time.Now()
		_, err := logcheck.Verify(b.Context(), databaseURL, nil)
		require.NoError(b, err)
		b.ReportMetric(events/time.Since(started).Seconds(), "events/s")
	}
}
