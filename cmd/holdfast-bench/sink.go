package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/google/uuid"
	"github.com/twmb/franz-go/pkg/kfake"

	"github.com/holdfast-dev/holdfast/internal/bench"
	"github.com/holdfast-dev/holdfast/projections/history"
	"github.com/holdfast-dev/holdfast/relay/envelope"
	"github.com/holdfast-dev/holdfast/relay/kafka"
	"github.com/holdfast-dev/holdfast/sink"
)

const (
	// sunkEvents is what the topic holds, in sunkPartitions.
	sunkEvents     = 150_000
	sunkPartitions = 6
)

// sinks measures the way from a topic to durable Parquet files, from the first
// connection to the last file, the broker in this process beside it. What
// Watermill's subscriber gets from the same topic, with nothing written and
// each message acknowledged at once, is the comparison.
func sinks(s *server) bench.Section {
	const (
		toFiles = "sink: topic to Parquet on disk"
		stock   = "Watermill's subscriber, nothing written"
	)
	return bench.Section{
		Title: "From Kafka to files (sink)",
		Open: func(context.Context) (bench.Opened, error) {
			cluster, err := kfake.NewCluster(kfake.NumBrokers(1))
			if err != nil {
				return bench.Opened{}, fmt.Errorf("in-process broker: %w", err)
			}
			settings := kafka.Settings{Brokers: cluster.ListenAddrs()}
			if err := preload(settings); err != nil {
				cluster.Close()
				return bench.Opened{}, err
			}
			return bench.Opened{
				Measures: []bench.Measure{
					{Name: toFiles, Run: func(ctx context.Context, _ time.Duration) (bench.Sample, error) {
						return sinkAll(ctx, settings, s.folder)
					}},
					{Name: stock, Run: func(ctx context.Context, length time.Duration) (bench.Sample, error) {
						return subscribeAndDrop(ctx, settings, min(length, time.Second))
					}},
				},
				Close: func() error {
					cluster.Close()
					return nil
				},
			}, nil
		},
		Claims: []bench.Claim{bench.RateAtLeast(toFiles, 50_000)},
	}
}

// preload publishes an on-sale.
func preload(settings kafka.Settings) (err error) {
	publisher, err := kafka.NewPublisher(settings, kafka.PublisherOptions{Create: &kafka.TopicPolicy{Partitions: sunkPartitions}})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, publisher.Close()) }()
	const page = 5_000
	sale := history.New(1)
	for done := 0; done < sunkEvents; {
		sale.OnSale(page)
		events := sale.Take()
		events = events[:min(len(events), sunkEvents-done)]
		done += len(events)
		messages := make([]*message.Message, len(events))
		for i, e := range events {
			if messages[i], err = envelope.Encode(e, envelope.Options{}); err != nil {
				return err
			}
		}
		if err := publisher.Publish(sink.DefaultTopic, messages...); err != nil {
			return err
		}
	}
	return nil
}

// sinkAll writes the whole topic to a folder of its own.
func sinkAll(ctx context.Context, settings kafka.Settings, folder string) (_ bench.Sample, err error) {
	into, err := os.MkdirTemp(folder, "sink-")
	if err != nil {
		return bench.Sample{}, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(into)) }()
	s, err := sink.New(sink.Options{
		Kafka: settings, Folder: into, Group: uuid.NewString(), Once: true, Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		return bench.Sample{}, err
	}
	began := time.Now()
	if err := s.Run(ctx); err != nil {
		return bench.Sample{}, err
	}
	took := time.Since(began)
	if written := s.Status().Written; written != sunkEvents {
		return bench.Sample{}, fmt.Errorf("wrote %d events of %d", written, sunkEvents)
	}
	return bench.Sample{Rate: sunkEvents / took.Seconds()}, nil
}

// subscribeAndDrop acknowledges whatever comes, for a time that begins with
// the first message.
func subscribeAndDrop(ctx context.Context, settings kafka.Settings, length time.Duration) (_ bench.Sample, err error) {
	subscriber, err := kafka.NewSubscriber(settings, uuid.NewString(), nil)
	if err != nil {
		return bench.Sample{}, err
	}
	defer func() { err = errors.Join(err, subscriber.Close()) }()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	messages, err := subscriber.Subscribe(ctx, sink.DefaultTopic)
	if err != nil {
		return bench.Sample{}, err
	}
	var (
		began time.Time
		got   int
	)
	for m := range messages {
		if got == 0 {
			began = time.Now()
		}
		got++
		m.Ack()
		if got == sunkEvents || time.Since(began) >= length {
			break
		}
	}
	return bench.Sample{Rate: float64(got) / time.Since(began).Seconds()}, nil
}
