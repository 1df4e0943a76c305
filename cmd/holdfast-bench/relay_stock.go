package main

import (
	"context"
	stdsql "database/sql"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/ThreeDotsLabs/watermill"
	wkafka "github.com/ThreeDotsLabs/watermill-kafka/v3/pkg/kafka"
	"github.com/ThreeDotsLabs/watermill-sql/v3/pkg/sql"
	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/google/uuid"
	_ "github.com/jackc/pgx/v5/stdlib" // the driver named pgx

	"github.com/holdfast-dev/holdfast/internal/bench"
	"github.com/holdfast-dev/holdfast/projections/history"
	"github.com/holdfast-dev/holdfast/relay/envelope"
	"github.com/holdfast-dev/holdfast/relay/kafka"
)

const (
	stockTopic  = "stock"
	stockEvents = 4_000
)

// stockSource is a table of messages as Watermill makes and reads it, with the
// same events in it.
type stockSource struct {
	db *stdsql.DB
}

func newStockSource(ctx context.Context, s *server) (*stockSource, error) {
	databaseURL, err := s.database(ctx, "stock")
	if err != nil {
		return nil, err
	}
	db, err := stdsql.Open("pgx", databaseURL)
	if err != nil {
		return nil, fmt.Errorf("open the stock database: %w", err)
	}
	source := &stockSource{db: db}
	if err := source.fill(); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return source, nil
}

func (s *stockSource) fill() error {
	publisher, err := sql.NewPublisher(s.db, sql.PublisherConfig{
		SchemaAdapter: sql.DefaultPostgreSQLSchema{}, AutoInitializeSchema: true,
	}, watermill.NopLogger{})
	if err != nil {
		return err
	}
	sale := history.New(1)
	sale.OnSale(stockEvents)
	var page []*message.Message
	for _, e := range sale.Take()[:stockEvents] {
		m, err := envelope.Encode(e, envelope.Options{})
		if err != nil {
			return err
		}
		if page = append(page, m); len(page) == 500 {
			if err := publisher.Publish(stockTopic, page...); err != nil {
				return err
			}
			page = page[:0]
		}
	}
	return publisher.Close()
}

func (s *stockSource) close() error { return s.db.Close() }

// keptOpen is a publisher that a router does not close. Watermill's does it while
// handlers may still be publishing.
type keptOpen struct{ message.Publisher }

// Close does nothing.
func (keptOpen) Close() error { return nil }

// stockRouter is Watermill's subscriber to SQL, its router and its publisher to
// Kafka, as they come, to the broker that is away.
func (o *relayBench) stockRouter(ctx context.Context, length time.Duration) (_ bench.Sample, err error) {
	settings := kafka.Settings{Brokers: []string{o.far.Addr()}}
	if err := kafka.EnsureTopics(settings, &kafka.TopicPolicy{Partitions: 12, Replication: 1}, stockTopic); err != nil {
		return bench.Sample{}, err
	}
	subscriber, err := sql.NewSubscriber(o.stock.db, sql.SubscriberConfig{
		ConsumerGroup: uuid.NewString(), InitializeSchema: true,
		SchemaAdapter: sql.DefaultPostgreSQLSchema{}, OffsetsAdapter: sql.DefaultPostgreSQLOffsetsAdapter{},
	}, watermill.NopLogger{})
	if err != nil {
		return bench.Sample{}, err
	}
	publisher, err := wkafka.NewPublisher(wkafka.PublisherConfig{
		Brokers: settings.Brokers, Marshaler: kafka.Marshaler{},
	}, watermill.NopLogger{})
	if err != nil {
		return bench.Sample{}, err
	}
	router, err := message.NewRouter(message.RouterConfig{}, watermill.NopLogger{})
	if err != nil {
		return bench.Sample{}, err
	}
	var handled atomic.Int64
	router.AddHandler("relay", stockTopic, subscriber, stockTopic, keptOpen{publisher}, func(m *message.Message) ([]*message.Message, error) {
		handled.Add(1) // the one before has been acknowledged
		return []*message.Message{m}, nil
	})
	ended := make(chan error, 1)
	go func() { ended <- router.Run(ctx) }()
	defer func() { err = errors.Join(err, router.Close(), <-ended, publisher.Close()) }()
	var count rateCounter
	for !count.over(length) {
		if err := pause(ctx); err != nil {
			return bench.Sample{}, err
		}
		count.at(handled.Load())
	}
	return count.sample()
}
