package eventstore_test

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/eventstore"
)

// BenchmarkExecute appends 200-byte events through one writer, from callers
// who each wait for an answer before they go on. The server keeps its data in
// memory, so that the figures are of our own making, not the disk's.
func BenchmarkExecute(b *testing.B) {
	for _, callers := range []int{1, 64, 512} {
		for name, streams := range map[string]int64{"cold": 1 << 40, "hot": 50} {
			b.Run(fmt.Sprintf("%s/callers=%d", name, callers), func(b *testing.B) {
				s := newStore(b)
				mustAppend(b, s, "warm", "up")
				text := fmt.Sprintf("%0*d", 200-len(`{"text":""}`), 0)
				var next atomic.Int64
				each(b, callers, func() error {
					i := next.Add(1)
					_, err := s.writer.Append(b.Context(), eventstore.Commit{
						Events: []eventstore.NewEvent{note(fmt.Sprintf("stream-%d", i%streams), text)},
					})
					return err
				})
			})
		}
	}
}

// BenchmarkScan reads a log in order.
func BenchmarkScan(b *testing.B) {
	s := newStore(b)
	const n = 100_000
	events := make([]eventstore.NewEvent, n)
	for i := range events {
		events[i] = note(fmt.Sprintf("stream-%d", i%1_000), "a few bytes of payload")
	}
	_, err := s.writer.Append(b.Context(), eventstore.Commit{Events: events})
	require.NoError(b, err)
	for b.Loop() {
		visited := 0
		require.NoError(b, s.log.Scan(b.Context(), 0, n, func(eventstore.Event) error { visited++; return nil }))
		require.Equal(b, n, visited)
	}
	b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "events/s")
}

// each runs do b.N times from a number of callers.
func each(b *testing.B, callers int, do func() error) {
	b.Helper()
	b.ReportAllocs()
	var left atomic.Int64
	left.Store(int64(b.N))
	var all sync.WaitGroup
	b.ResetTimer()
	for range callers {
		all.Go(func() {
			for left.Add(-1) >= 0 {
				if err := do(); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "appends/s")
}
