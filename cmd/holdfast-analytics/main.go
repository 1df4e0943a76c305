// Command holdfast-analytics makes the dataset that docs/analytics.md asks its
// questions about, the way a real one is made: the events of a demo on-sale go
// through Kafka, here a broker inside the process, and the sink writes them.
//
//	go run ./cmd/holdfast-analytics /tmp/demo
//
// scripts/analytics runs it, and then the queries.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/alecthomas/kong"
	"github.com/twmb/franz-go/pkg/kfake"

	"github.com/holdfast-dev/holdfast/projections/history"
	"github.com/holdfast-dev/holdfast/relay/envelope"
	"github.com/holdfast-dev/holdfast/relay/kafka"
	"github.com/holdfast-dev/holdfast/sink"
)

type commandLine struct {
	Folder string `arg:"" type:"path" help:"Folder of the dataset, in one that is there."`
}

func main() {
	var cli commandLine
	kong.Parse(&cli, kong.Name("holdfast-analytics"),
		kong.Description("Make the dataset of docs/analytics.md."), kong.UsageOnError())
	if err := write(context.Background(), cli.Folder); err != nil {
		fmt.Fprintln(os.Stderr, "holdfast-analytics:", err)
		os.Exit(1)
	}
}

// write makes the dataset.
func write(ctx context.Context, folder string) error {
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1))
	if err != nil {
		return fmt.Errorf("in-process broker: %w", err)
	}
	defer cluster.Close()
	settings := kafka.Settings{Brokers: cluster.ListenAddrs()}
	if err := publish(settings); err != nil {
		return err
	}
	s, err := sink.New(sink.Options{Kafka: settings, Folder: folder, Once: true})
	if err != nil {
		return err
	}
	return s.Run(ctx)
}

// publish sends the events of the demo.
func publish(settings kafka.Settings) (err error) {
	publisher, err := kafka.NewPublisher(settings, kafka.PublisherOptions{Create: &kafka.TopicPolicy{Partitions: 3}})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, publisher.Close()) }()
	events := history.Demo()
	messages := make([]*message.Message, len(events))
	for i, e := range events {
		if messages[i], err = envelope.Encode(e, envelope.Options{}); err != nil {
			return err
		}
	}
	return publisher.Publish(sink.DefaultTopic, messages...)
}
