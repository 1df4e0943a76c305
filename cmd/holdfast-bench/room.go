package main

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/holdfast-dev/holdfast/internal/bench"
)

// waiting measures the waiting room over HTTP against an endpoint of the same
// server that does nothing, what it costs Redis meanwhile, and what so many
// guests of a simulated sale are told of their wait.
func waiting(s *server, guests int) bench.Section {
	const (
		nothing = "an endpoint that does nothing, 64 connections"
		polls   = "GET /v1/queue, 64 connections"
		scripts = "what Redis is asked meanwhile"
		joins   = "POST …/queue-tokens, 64 connections"
	)
	return bench.Section{
		Title: "The waiting room over HTTP",
		Open: func(ctx context.Context) (bench.Opened, error) {
			shop, err := openShop(ctx, s, "waiting", 1)
			if err != nil {
				return bench.Opened{}, err
			}
			meter := newRedisMeter(shop.redis.Addr())
			return bench.Opened{
				Measures: []bench.Measure{
					{Name: nothing, Run: shop.visits("noop")},
					{Name: polls, Run: meter.during(shop.visits("poll"))},
					{Name: scripts, Run: meter.read},
					{Name: joins, Run: shop.visits("join")},
				},
				Remark: func(ctx context.Context) (string, error) { return toldWaits(ctx, shop, guests) },
				Close:  func() error { return errors.Join(meter.client.Close(), shop.close()) },
			}, nil
		},
		Claims: []bench.Claim{
			bench.RatioAtLeast(polls, nothing, 0.85),
			bench.P99Below(polls, 10*time.Millisecond),
			bench.RatioAtLeast(joins, nothing, 0.4),
			bench.RateBelow(scripts, 50),
		},
	}
}

// visits loads the server's waiting room from a process of its own, for a part
// of the time that other measures take.
func (s *shop) visits(want string) func(context.Context, time.Duration) (bench.Sample, error) {
	return func(ctx context.Context, length time.Duration) (bench.Sample, error) {
		environment := []string{"HOLDFAST_SIGNING_KEY=" + s.product.signingKey}
		return inProcesses(ctx, 1, visitLength(length), environment, "room-child", s.product.address, string(s.concert),
			want, "--connections=64")
	}
}

// visitLength is long enough for the server to read its rooms.
func visitLength(length time.Duration) time.Duration { return max(length*2/5, 300*time.Millisecond) }

// redisMeter counts the commands that clients send to a Redis.
type redisMeter struct {
	client  *redis.Client
	counted bench.Sample
}

func newRedisMeter(address string) *redisMeter {
	return &redisMeter{client: redis.NewClient(&redis.Options{Addr: address})}
}

// during counts while something else is measured.
func (m *redisMeter) during(
	run func(context.Context, time.Duration) (bench.Sample, error),
) func(context.Context, time.Duration) (bench.Sample, error) {
	return func(ctx context.Context, length time.Duration) (bench.Sample, error) {
		before, err := m.scripts(ctx)
		if err != nil {
			return bench.Sample{}, err
		}
		started := time.Now()
		sample, err := run(ctx, length)
		if err != nil {
			return sample, err
		}
		took := time.Since(started)
		after, err := m.scripts(ctx)
		m.counted = bench.Sample{Rate: float64(after-before) / took.Seconds()}
		return sample, err
	}
}

// read returns what was counted last.
func (m *redisMeter) read(context.Context, time.Duration) (bench.Sample, error) {
	return m.counted, nil
}

var scriptCalls = regexp.MustCompile(`cmdstat_eval(?:sha)?:calls=(\d+)`)

// scripts is how many scripts clients have run. The server asks Redis by
// scripts alone.
func (m *redisMeter) scripts(ctx context.Context) (calls int64, err error) {
	info, err := m.client.Info(ctx, "commandstats").Result()
	if err != nil {
		return 0, fmt.Errorf("count what Redis is asked: %w", err)
	}
	for _, match := range scriptCalls.FindAllStringSubmatch(info, -1) {
		count, err := strconv.ParseInt(match[1], 10, 64)
		if err != nil {
			return 0, err
		}
		calls += count
	}
	return calls, nil
}
