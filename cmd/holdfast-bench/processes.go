package main

import (
	"context"
	"errors"
	"strconv"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/holdfast-dev/holdfast/internal/bench"
)

// processes measures what several writers on one log cost each other: the
// same number of callers in one process and spread over three.
func processes(s *server) bench.Section {
	const callers, several = 192, 3
	return bench.Section{
		Title: "Append from several processes",
		Open: func(ctx context.Context) (bench.Opened, error) {
			databaseURL, err := s.logDatabase(ctx, "processes")
			if err != nil {
				return bench.Opened{}, err
			}
			spread := func(name string, count int, streams string) bench.Measure {
				return bench.Measure{Name: name, Run: func(ctx context.Context, length time.Duration) (bench.Sample, error) {
					return inProcesses(ctx, count, length, nil, "append-child", databaseURL, streams,
						"--callers="+strconv.Itoa(callers/count))
				}}
			}
			return bench.Opened{Measures: []bench.Measure{
				spread("1 process, new streams", 1, "new"),
				spread("3 processes, new streams", several, "new"),
				spread("1 process, 50 hot streams", 1, "hot"),
				spread("3 processes, 50 hot streams", several, "hot"),
			}}, nil
		},
		Claims: []bench.Claim{
			bench.RatioAtLeast("3 processes, new streams", "1 process, new streams", 0.75),
			bench.RatioAtLeast("3 processes, 50 hot streams", "1 process, 50 hot streams", 0.75),
		},
	}
}

// inProcesses runs the same child several times at once, with environment
// besides ours, and adds up what they did. The percentiles are those of the
// slowest child.
func inProcesses(
	ctx context.Context, count int, length time.Duration, environment []string, arguments ...string,
) (total bench.Sample, err error) {
	children := make([]*child, 0, count)
	defer func() {
		for _, c := range children {
			err = errors.Join(err, c.close())
		}
	}()
	for range count {
		c, err := startChild(ctx, environment, arguments...)
		if err != nil {
			return bench.Sample{}, err
		}
		children = append(children, c)
	}
	samples := make([]bench.Sample, count)
	var group errgroup.Group
	for i, c := range children {
		group.Go(func() error {
			sample, err := c.load(length)
			samples[i] = sample
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return bench.Sample{}, err
	}
	for _, sample := range samples {
		total.Rate += sample.Rate
		total.P50 = max(total.P50, sample.P50)
		total.P99 = max(total.P99, sample.P99)
	}
	return total, nil
}

// appendChild is the process that appends.
type appendChild struct {
	DatabaseURL string `arg:""`
	Streams     string `arg:"" enum:"new,hot"`
	Callers     int
}

// Run appends whenever the parent says so.
func (c appendChild) Run(ctx context.Context) (err error) {
	a, err := newAppender(ctx, c.DatabaseURL)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.close()) }()
	op := a.cold
	if c.Streams == "hot" {
		op = a.hot
	}
	return serveParent(ctx, func(ctx context.Context, length time.Duration) (bench.Sample, error) {
		return bench.Closed(ctx, c.Callers, length, op)
	})
}
