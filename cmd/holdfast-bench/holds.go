package main

import (
	"context"
	"time"

	"github.com/holdfast-dev/holdfast/internal/bench"
)

// holds measures the hold command through its handler: rules, idempotency key,
// limit of holds, and its two events.
func holds(s *server) bench.Section {
	const accepted, refused = "64 callers, a seat each", "64 callers, one seat that is taken"
	return bench.Section{
		Title: "Hold seats through the Go API",
		Open: func(ctx context.Context) (bench.Opened, error) {
			databaseURL, err := s.logDatabase(ctx, "holds")
			if err != nil {
				return bench.Opened{}, err
			}
			seller, err := newSeller(ctx, databaseURL, 0)
			if err != nil {
				return bench.Opened{}, err
			}
			return bench.Opened{
				Measures: []bench.Measure{
					{Name: accepted, Run: seller.acceptAll},
					{Name: refused, Run: seller.refuseAll},
				},
				Close: seller.close,
			}, nil
		},
		Claims: []bench.Claim{bench.RatioAtLeast(accepted, baseline, 1.5)},
	}
}

// acceptAll gives every command a seat of its own. There are more seats than
// anybody can hold in the time.
func (s *seller) acceptAll(ctx context.Context, length time.Duration) (bench.Sample, error) {
	_, performances, err := s.schedule(ctx, 3+int(length/time.Second))
	if err != nil {
		return bench.Sample{}, err
	}
	return bench.Closed(ctx, 64, length, func(ctx context.Context, index int) error {
		return s.hold(ctx, performances[index/seatsEach], index%seatsEach+1)
	})
}

// refuseAll lets everybody want a seat that somebody has.
func (s *seller) refuseAll(ctx context.Context, length time.Duration) (bench.Sample, error) {
	_, performances, err := s.schedule(ctx, 1)
	if err != nil {
		return bench.Sample{}, err
	}
	if err := s.hold(ctx, performances[0], 1); err != nil {
		return bench.Sample{}, err
	}
	return bench.Closed(ctx, 64, length, func(ctx context.Context, _ int) error {
		return taken(s.hold(ctx, performances[0], 1))
	})
}
