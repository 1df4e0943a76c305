package query_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/projections/history"
	"github.com/holdfast-dev/holdfast/query"
)

// BenchmarkSeatsOfDate is the whole answer, revision and body.
func BenchmarkSeatsOfDate(b *testing.B) {
	for _, size := range []int{50, 1_000, 100_000} {
		b.Run(fmt.Sprintf("seats=%d", size), func(b *testing.B) {
			s := history.New(1)
			concert := s.Announce("Norma")
			night := s.Schedule(concert, size)
			s.Hold(s.User(0), night, 1)
			shown, _ := boardOf(b, s)
			question := query.NewSeatsOfDate(shown)
			b.ReportAllocs()
			b.RunParallel(func(pb *testing.PB) {
				var body []byte
				for pb.Next() {
					list, err := question.Ask(b.Context(), concert, "2026-07-31", false, 0)
					if err != nil {
						b.Error(err)
					}
					body = list.AppendJSON(body[:0])
				}
			})
		})
	}
}

// BenchmarkDatesOfConcert lists a hundred dates.
func BenchmarkDatesOfConcert(b *testing.B) {
	s := history.New(1)
	concert := s.Announce("Norma")
	for range 100 {
		s.Schedule(concert, 50)
	}
	shown, _ := boardOf(b, s)
	question := query.NewDatesOfConcert(shown)
	b.ReportAllocs()
	for b.Loop() {
		_, err := question.Ask(b.Context(), concert, false, 0)
		require.NoError(b, err)
	}
}

// BenchmarkWallet is one question to the database.
func BenchmarkWallet(b *testing.B) {
	s := history.New(1)
	s.Charge(s.User(0), 500)
	question := query.NewWalletOfUser(query.NewStore(tables(b, history.NewLog(s.Events()))))
	b.ReportAllocs()
	for b.Loop() {
		_, err := question.Ask(b.Context(), s.User(0), 1)
		require.NoError(b, err)
	}
}
