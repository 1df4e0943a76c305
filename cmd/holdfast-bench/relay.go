package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/twmb/franz-go/pkg/kfake"

	"github.com/holdfast-dev/holdfast/eventstore"
	"github.com/holdfast-dev/holdfast/internal/bench"
	"github.com/holdfast-dev/holdfast/internal/farbroker"
	"github.com/holdfast-dev/holdfast/projections/history"
	"github.com/holdfast-dev/holdfast/relay"
	"github.com/holdfast-dev/holdfast/relay/kafka"
)

const (
	// relayedEvents is what the log holds that is relayed again and again.
	relayedEvents = 150_000
	// brokerDelay is how far the broker is away, and how much later it answers.
	brokerDelay = 2 * time.Millisecond
	// relayLength is as long as a measure takes: they are steady.
	relayLength = 1200 * time.Millisecond
)

// relays measures the way from the log to a broker that acknowledges, beside
// what Watermill's own parts do when they are put together as its manual says.
func relays(s *server) bench.Section {
	const (
		far   = "relay, broker 2 ms away"
		stock = "Watermill's SQL-to-Kafka router, 2 ms"
		near  = "relay, broker beside it"
		lag   = "append to consumed, 1,000 commands/s"
	)
	return bench.Section{
		Title: "From the log to Kafka (relay)",
		Open: func(ctx context.Context) (bench.Opened, error) {
			o := &relayBench{}
			if err := o.open(ctx, s); err != nil {
				return bench.Opened{}, errors.Join(err, o.close())
			}
			timed := func(run func(context.Context, time.Duration) (bench.Sample, error)) func(context.Context, time.Duration) (bench.Sample, error) {
				return func(ctx context.Context, length time.Duration) (bench.Sample, error) {
					return run(ctx, min(length, relayLength))
				}
			}
			return bench.Opened{
				Measures: []bench.Measure{
					{Name: far, Run: timed(func(ctx context.Context, length time.Duration) (bench.Sample, error) {
						return o.relayAll(ctx, o.far.Addr(), length)
					})},
					{Name: stock, Run: timed(o.stockRouter)},
					{Name: near, Run: timed(func(ctx context.Context, length time.Duration) (bench.Sample, error) {
						return o.relayAll(ctx, o.near.ListenAddrs()[0], length)
					})},
					{Name: lag, Run: timed(o.appendToConsumed)},
				},
				Close: o.close,
			}, nil
		},
		Claims: []bench.Claim{
			bench.RatioAtLeast(far, stock, 40),
			bench.RateAtLeast(near, 20_000),
			bench.P99Below(lag, 100*time.Millisecond),
		},
	}
}

// relayBench is what the measures share.
type relayBench struct {
	near  *kfake.Cluster
	far   *farbroker.Broker
	pool  *pgxpool.Pool
	log   *eventstore.Log
	stock *stockSource
	// seller sells into a log of its own, whose relay uses salePool.
	seller   *seller
	salePool *pgxpool.Pool
}

func (o *relayBench) open(ctx context.Context, s *server) (err error) {
	if o.near, err = kfake.NewCluster(kfake.NumBrokers(1)); err != nil {
		return fmt.Errorf("in-process broker: %w", err)
	}
	if o.far, err = farbroker.Start(); err != nil {
		return err
	}
	if err := o.far.Delay(brokerDelay); err != nil {
		return err
	}
	databaseURL, err := s.logDatabase(ctx, "relay")
	if err != nil {
		return err
	}
	if err := relay.Migrate(ctx, databaseURL); err != nil {
		return err
	}
	if o.pool, err = pgxpool.New(ctx, databaseURL); err != nil {
		return err
	}
	if err := history.Fill(ctx, databaseURL, 1, relayedEvents); err != nil {
		return err
	}
	if o.log, err = eventstore.Open(ctx, o.pool, eventstore.Options{}); err != nil {
		return err
	}
	if err := o.openSale(ctx, s); err != nil {
		return err
	}
	o.stock, err = newStockSource(ctx, s)
	return err
}

// openSale makes a log that is short at first, for what is measured as it grows.
func (o *relayBench) openSale(ctx context.Context, s *server) error {
	databaseURL, err := s.logDatabase(ctx, "relaylag")
	if err != nil {
		return err
	}
	if err := relay.Migrate(ctx, databaseURL); err != nil {
		return err
	}
	if o.salePool, err = pgxpool.New(ctx, databaseURL); err != nil {
		return err
	}
	o.seller, err = newSeller(ctx, databaseURL, time.Minute)
	return err
}

func (o *relayBench) close() error {
	var err error
	if o.stock != nil {
		err = o.stock.close()
	}
	if o.seller != nil {
		err = errors.Join(err, o.seller.close())
	}
	if o.log != nil {
		o.log.Close()
	}
	if o.pool != nil {
		o.pool.Close()
	}
	if o.salePool != nil {
		o.salePool.Close()
	}
	if o.far != nil {
		o.far.Close()
	}
	if o.near != nil {
		o.near.Close()
	}
	return err
}

// startRelay runs a relay with a checkpoint of its own.
func startRelay(
	ctx context.Context, pool *pgxpool.Pool, log *eventstore.Log, broker, topic string,
) (r *relay.Relay, stop func()) {
	running, cancel := context.WithCancel(ctx)
	r = relay.New(pool, log, func() (message.Publisher, error) {
		return kafka.NewPublisher(kafka.Settings{Brokers: []string{broker}},
			kafka.PublisherOptions{Create: &kafka.TopicPolicy{Partitions: 12, Replication: 1}})
	}, relay.Options{Name: uuid.NewString(), Topics: relay.Topics{Base: topic}})
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		r.Run(running)
	}()
	return r, func() { cancel(); <-ended }
}

// relayAll relays the log from its beginning, and counts from the first batch
// that was acknowledged.
func (o *relayBench) relayAll(ctx context.Context, broker string, length time.Duration) (bench.Sample, error) {
	r, stop := startRelay(ctx, o.pool, o.log, broker, "relayed-"+uuid.NewString())
	defer stop()
	var count rateCounter
	for !count.over(length) {
		if err := pause(ctx); err != nil {
			return bench.Sample{}, err
		}
		status := r.Status()
		count.at(status.Published)
		if status.Published > 0 && status.Lag() == 0 {
			break
		}
	}
	return count.sample()
}

// pause is as often as a counter is looked at.
func pause(ctx context.Context) error {
	select {
	case <-time.After(500 * time.Microsecond):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// rateCounter counts from the first step of something that goes up.
type rateCounter struct {
	first, last     int64
	firstAt, lastAt time.Time
}

func (c *rateCounter) at(count int64) {
	if count == c.last {
		return
	}
	c.last, c.lastAt = count, time.Now()
	if c.firstAt.IsZero() {
		c.first, c.firstAt = c.last, c.lastAt
	}
}

// over reports that the length has passed and that there is a rate: two steps
// at least, however slow they are.
func (c *rateCounter) over(length time.Duration) bool {
	return c.lastAt.After(c.firstAt) && time.Since(c.firstAt) >= length
}

func (c *rateCounter) sample() (bench.Sample, error) {
	if !c.lastAt.After(c.firstAt) {
		return bench.Sample{}, errors.New("nothing was counted")
	}
	return bench.Sample{Rate: float64(c.last-c.first) / c.lastAt.Sub(c.firstAt).Seconds()}, nil
}
