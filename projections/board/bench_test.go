package board_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/projections/board"
	"github.com/holdfast-dev/holdfast/projections/history"
)

// BenchmarkApply is how fast a board reads a log.
func BenchmarkApply(b *testing.B) {
	s := history.New(1)
	s.Random(100_000)
	events := s.Events()
	const page = 1_000
	for b.Loop() {
		sale := board.New(history.NewLog(nil), board.Options{})
		for from := 0; from < len(events); from += page {
			require.NoError(b, sale.Apply(events[from:min(from+page, len(events))]))
		}
	}
	b.ReportMetric(float64(len(events)*b.N)/b.Elapsed().Seconds(), "events/s")
}

// BenchmarkSeats is a reader's whole way to the rendered seats of a date.
func BenchmarkSeats(b *testing.B) {
	s := history.New(1)
	night := s.Schedule(s.Announce("Norma"), 50)
	s.Hold(s.User(0), night, 1)
	sale, _ := boardOf(b, s)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			view, _ := sale.Seats(night)
			view.JSON(false)
		}
	})
}
