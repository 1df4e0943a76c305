package main

import (
	"context"
	"time"

	"github.com/holdfast-dev/holdfast/internal/bench"
)

// offered measures latencies while holds come at a fixed rate, whether or not
// the ones before have been answered.
func offered(s *server, compare *pgbench) bench.Section {
	const (
		perSecond = 5_000
		single    = "pgbench at 5,000/s"
		cold      = "5,000/s, a seat each"
		hot       = "5,000/s, all for 50 seats"
	)
	return bench.Section{
		Title: "Holds at an offered rate",
		Open: func(ctx context.Context) (bench.Opened, error) {
			databaseURL, err := s.logDatabase(ctx, "offered")
			if err != nil {
				return bench.Opened{}, err
			}
			// Short holds: the hot seats change hands all the time.
			seller, err := newSeller(ctx, databaseURL, 100*time.Millisecond)
			if err != nil {
				return bench.Opened{}, err
			}
			measure := func(name string, seats int) bench.Measure {
				return bench.Measure{Name: name, Run: func(ctx context.Context, length time.Duration) (bench.Sample, error) {
					_, performances, err := seller.schedule(ctx, 1)
					if err != nil {
						return bench.Sample{}, err
					}
					return bench.Offered(ctx, perSecond, length, func(ctx context.Context, index int) error {
						return taken(seller.hold(ctx, performances[0], index%seats+1))
					})
				}}
			}
			return bench.Opened{
				Measures: []bench.Measure{compare.offered(single, perSecond), measure(cold, seatsEach), measure(hot, hotSeats)},
				Close:    seller.close,
			}, nil
		},
		Claims: []bench.Claim{
			bench.P99Below(cold, 10*time.Millisecond),
			bench.P99Below(hot, 10*time.Millisecond),
		},
	}
}

// hotSeats is a front row that everybody wants.
const hotSeats = 50
