package main

import (
	"context"
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/holdfast-dev/holdfast/command"
	"github.com/holdfast-dev/holdfast/domain"
	"github.com/holdfast-dev/holdfast/internal/bench"
	"github.com/holdfast-dev/holdfast/relay/envelope"
	"github.com/holdfast-dev/holdfast/relay/kafka"
)

// lagPerSecond is how many commands a second are offered.
const lagPerSecond = 1_000

// appendToConsumed holds seats at a fixed rate, and each is done when a
// consumer has its last event: what is measured is the command, the relay and
// the consumer together.
func (o *relayBench) appendToConsumed(ctx context.Context, length time.Duration) (bench.Sample, error) {
	topic := "lag-" + uuid.NewString()
	broker := o.near.ListenAddrs()[0]
	r, stop := startRelay(ctx, o.salePool, o.seller.log, broker, topic)
	defer stop()
	_, performances, err := o.seller.schedule(ctx, 1)
	if err != nil {
		return bench.Sample{}, err
	}
	// What the log holds from before is not what is measured.
	for s := r.Status(); s.Published == 0 || s.Lag() > 0; s = r.Status() {
		if err := pause(ctx); err != nil {
			return bench.Sample{}, err
		}
	}
	consumer, err := consume(ctx, broker, topic)
	if err != nil {
		return bench.Sample{}, err
	}
	defer consumer.close()
	hold := func(ctx context.Context, index int) error {
		user := newID()
		held, err := o.seller.unit.HoldSeats(ctx, command.Envelope{Actor: "user:" + user, IdempotencyKey: uuid.NewString()},
			command.HoldSeats{UserID: domain.UserID(user), PerformanceID: performances[0], Seats: []int{index + 1}})
		if err != nil {
			return err
		}
		return consumer.await(ctx, int64(held.Position))
	}
	// A rate that nobody times first, as long as connections are being made.
	if _, err := bench.Offered(ctx, lagPerSecond, length/3, func(ctx context.Context, index int) error {
		return hold(ctx, index+seatsEach/2)
	}); err != nil {
		return bench.Sample{}, err
	}
	return bench.Offered(ctx, lagPerSecond, length, hold)
}

// consumer tells when an event has come.
type consumer struct {
	client *kgo.Client
	stop   context.CancelFunc
	ended  chan struct{}

	mu      sync.Mutex
	seen    map[int64]bool
	waiting map[int64]chan struct{}
}

// consume begins at the end of a topic.
func consume(ctx context.Context, broker, topic string) (*consumer, error) {
	if err := kafka.EnsureTopics(kafka.Settings{Brokers: []string{broker}}, nil, topic); err != nil {
		return nil, err
	}
	client, err := kgo.NewClient(kgo.SeedBrokers(broker), kgo.ConsumeTopics(topic),
		kgo.ConsumeResetOffset(kgo.NewOffset().AfterMilli(time.Now().UnixMilli())))
	if err != nil {
		return nil, fmt.Errorf("consume: %w", err)
	}
	polling, stop := context.WithCancel(ctx)
	c := &consumer{
		client: client, stop: stop, ended: make(chan struct{}),
		seen: map[int64]bool{}, waiting: map[int64]chan struct{}{},
	}
	go c.poll(polling)
	return c, nil
}

func (c *consumer) poll(ctx context.Context) {
	defer close(c.ended)
	for ctx.Err() == nil {
		c.client.PollFetches(ctx).EachRecord(func(record *kgo.Record) {
			for _, h := range record.Headers {
				if h.Key == envelope.HeaderPosition {
					position, _ := strconv.ParseInt(string(h.Value), 10, 64)
					c.came(position)
				}
			}
		})
	}
}

func (c *consumer) came(position int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.seen[position] = true
	if waits, awaited := c.waiting[position]; awaited {
		close(waits)
		delete(c.waiting, position)
	}
}

func (c *consumer) await(ctx context.Context, position int64) error {
	c.mu.Lock()
	if c.seen[position] {
		c.mu.Unlock()
		return nil
	}
	waits := make(chan struct{})
	c.waiting[position] = waits
	c.mu.Unlock()
	select {
	case <-waits:
		return nil
	case <-time.After(10 * time.Second):
		return fmt.Errorf("event %d was not consumed within ten seconds", position)
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (c *consumer) close() {
	c.stop()
	<-c.ended
	c.client.Close()
}
