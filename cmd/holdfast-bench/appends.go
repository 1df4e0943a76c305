package main

import (
	"context"
	"time"

	"github.com/holdfast-dev/holdfast/internal/bench"
)

// appends measures the log by itself: one event of 200 bytes a command.
func appends(s *server, compare *pgbench) bench.Section {
	return bench.Section{
		Title: "Append through the Go API",
		Open: func(ctx context.Context) (bench.Opened, error) {
			databaseURL, err := s.logDatabase(ctx, "appends")
			if err != nil {
				return bench.Opened{}, err
			}
			a, err := newAppender(ctx, databaseURL)
			if err != nil {
				return bench.Opened{}, err
			}
			return bench.Opened{
				Measures: []bench.Measure{
					compare.measure(prepared, "prepared"),
					closed("64 callers, new streams", 64, a.cold),
					closed("64 callers, 50 hot streams", 64, a.hot),
					closed("512 callers, new streams", 512, a.cold),
					closed("512 callers, 50 hot streams", 512, a.hot),
				},
				Close: a.close,
			}, nil
		},
		Claims: []bench.Claim{
			bench.RatioAtLeast("64 callers, new streams", baseline, 3.0),
			bench.RatioAtLeast("512 callers, new streams", baseline, 5.0),
			bench.RatioAtLeast("64 callers, 50 hot streams", "64 callers, new streams", 1.0),
			bench.RatioAtLeast("512 callers, 50 hot streams", "512 callers, new streams", 1.0),
			bench.P99NoWorse("64 callers, new streams", baseline),
		},
	}
}

// closed is a measure of callers that repeat an operation.
func closed(name string, callers int, op bench.Operation) bench.Measure {
	return bench.Measure{Name: name, Run: func(ctx context.Context, length time.Duration) (bench.Sample, error) {
		return bench.Closed(ctx, callers, length, op)
	}}
}
