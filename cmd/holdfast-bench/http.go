package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/holdfast-dev/holdfast/domain"
	"github.com/holdfast-dev/holdfast/internal/bench"
	"github.com/holdfast-dev/holdfast/internal/devstack"
)

// maxRounds is how many rounds there are performances for.
const maxRounds = 10

// overHTTP measures the whole way of a request, with the clients in a process
// of their own on the same cores.
func overHTTP(s *server) bench.Section {
	const accepted, refused = "64 connections, a seat each", "64 connections, one seat that is taken"
	return bench.Section{
		Title: "POST /v1/reservations over HTTP",
		Open: func(ctx context.Context) (bench.Opened, error) {
			shop, err := openShop(ctx, s, "http", 2*maxRounds)
			if err != nil {
				return bench.Opened{}, err
			}
			return bench.Opened{
				Measures: []bench.Measure{
					{Name: accepted, Run: shop.requests("own")},
					{Name: refused, Run: shop.requests("taken")},
				},
				Close: shop.close,
			}, nil
		},
		Claims: []bench.Claim{
			bench.RatioAtLeast(accepted, baseline, 0.7),
			bench.RatioAtLeast(refused, baseline, 1.0),
			bench.P99Below(accepted, 25*time.Millisecond),
			bench.P99Below(refused, 25*time.Millisecond),
		},
	}
}

// shop is a running server with performances on sale, one for each load.
type shop struct {
	product *product
	redis   *devstack.Redis
	concert domain.ConcertID
	unused  []domain.PerformanceID
	// databaseURL is where its log and its waiting rooms are.
	databaseURL string
}

// openShop starts a server on a database of its own, with so many
// performances of one concert.
func openShop(ctx context.Context, s *server, database string, performances int) (*shop, error) {
	databaseURL, err := s.logDatabase(ctx, database)
	if err != nil {
		return nil, err
	}
	seller, err := newSeller(ctx, databaseURL, 0)
	if err != nil {
		return nil, err
	}
	concert, unused, err := seller.schedule(ctx, performances)
	if err := errors.Join(err, seller.close()); err != nil {
		return nil, err
	}
	redis, err := devstack.StartRedis(ctx, s.folder)
	if err != nil {
		return nil, fmt.Errorf("the server needs a Redis: %w", err)
	}
	product, err := startProduct(ctx, s, databaseURL, "redis://"+redis.Addr()+"/0")
	if err != nil {
		return nil, errors.Join(err, redis.Close())
	}
	return &shop{product: product, redis: redis, concert: concert, unused: unused, databaseURL: databaseURL}, nil
}

func (s *shop) close() error { return errors.Join(s.product.close(), s.redis.Close()) }

var errSoldOut = errors.New("more rounds than there are performances")

// requests loads the server from a process of its own.
func (s *shop) requests(want string) func(context.Context, time.Duration) (bench.Sample, error) {
	return func(ctx context.Context, length time.Duration) (bench.Sample, error) {
		if len(s.unused) == 0 {
			return bench.Sample{}, errSoldOut
		}
		performance := s.unused[0]
		s.unused = s.unused[1:]
		environment := []string{"HOLDFAST_SIGNING_KEY=" + s.product.signingKey}
		return inProcesses(ctx, 1, length, environment, "http-child", s.product.address, string(s.concert),
			string(performance), want, "--connections=64")
	}
}
