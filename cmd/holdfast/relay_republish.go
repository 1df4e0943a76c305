package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/holdfast-dev/holdfast/eventstore"
	"github.com/holdfast-dev/holdfast/relay"
	"github.com/holdfast-dev/holdfast/relay/kafka"
)

type relayRepublishCommand struct {
	databaseFlag
	progressFlag
	KafkaBrokers []string `group:"kafka" env:"KAFKA_BROKERS" placeholder:"HOST:PORT" help:"Some brokers of the Kafka cluster, separated by commas; a dry run needs none."`
	From         int64    `required:"" placeholder:"POSITION" help:"First position."`
	To           int64    `required:"" placeholder:"POSITION" help:"Last position. Beyond the end of the log means up to it."`
	Stream       string   `placeholder:"STREAM" help:"Only events of this stream."`
	Type         string   `placeholder:"TYPE" help:"Only events of this type."`
	Topic        string   `required:"" placeholder:"NAME" help:"Topic to send to: the one that they are in, or another."`
	DryRun       bool     `help:"Only count what would be sent."`

	sendFlags      `group:"kafka"`
	kafkaLinkFlags `group:"kafka"`
}

// Help shows examples.
func (relayRepublishCommand) Help() string {
	return `For consumers that have to work on something again. Every message carries the header ce_replay=true, its position and its id are those of the first time, and the order of each stream is kept. The relay and its checkpoint do not notice.

    holdfast relay republish --from 1 --to 250000 --topic holdfast.backfill
    holdfast relay republish --from 1 --to 5000 --type seat.sold.v1 --topic holdfast.events --dry-run

It prints how many events were sent. If it is ended in between it says which position it came to; go on after that.`
}

// Validate says what is wrong with the flags.
func (c relayRepublishCommand) Validate() error {
	wrong := []error{checkDatabase(c.DatabaseURL), c.check()}
	if c.From < 1 || c.To < c.From {
		wrong = append(wrong, fmt.Errorf("--from %d to --to %d is no range of positions, which begin at 1", c.From, c.To))
	}
	wrong = append(wrong, checkTopic("--topic", c.Topic))
	if !c.DryRun {
		wrong = append(wrong, kafkaFlags{c.KafkaBrokers, c.kafkaLinkFlags}.check())
	}
	return errors.Join(wrong...)
}

// Run sends, or counts.
func (c relayRepublishCommand) Run(ctx context.Context, stdout io.Writer) (err error) {
	pool, err := eventstore.Connect(ctx, c.DatabaseURL, relay.Role)
	if err != nil {
		return err
	}
	defer pool.Close()
	// Nothing here acknowledges anything, so durability is not asked for.
	log, err := eventstore.Open(ctx, pool, eventstore.Options{AllowUnsafe: true})
	if err != nil {
		return adviseOnDatabase(err)
	}
	defer log.Close()
	head, err := log.Head(ctx)
	if err != nil {
		return err
	}
	again := relay.Republisher{Log: log, Topic: c.Topic, Source: c.KafkaSource}
	if !c.DryRun {
		settings, err := c.settings(c.kafkaLinkFlags, c.KafkaBrokers)
		if err != nil {
			return err
		}
		publisher, err := kafka.NewPublisher(settings, kafka.PublisherOptions{Create: c.policy()})
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, publisher.Close()) }()
		again.Publisher = publisher
	}
	return c.send(ctx, stdout, again, head.Position)
}

func (c relayRepublishCommand) send(ctx context.Context, stdout io.Writer, again relay.Republisher, head eventstore.Position) error {
	if eventstore.Position(c.From) > head {
		return fmt.Errorf("--from %d: the log ends at position %d", c.From, head)
	}
	to := min(eventstore.Position(c.To), head)
	report := c.start("republish", int64(to))
	report.From(c.From - 1)
	reached := c.From - 1
	again.Progress = func(at eventstore.Position) {
		reached = int64(at)
		report.At(reached)
	}
	n, err := again.Run(ctx, relay.Selection{From: eventstore.Position(c.From), To: to, Stream: c.Stream, Type: c.Type})
	report.End(err)
	switch {
	case err != nil && ctx.Err() != nil && !c.DryRun:
		return fmt.Errorf("interrupted: everything up to position %d is sent; go on with --from %d", reached, reached+1)
	case err != nil:
		return err
	}
	return json.NewEncoder(stdout).Encode(republished{Events: n, From: c.From, To: int64(to), Topic: c.Topic, DryRun: c.DryRun})
}

// republished is what the command prints.
type republished struct {
	Events int64  `json:"events"`
	From   int64  `json:"from"`
	To     int64  `json:"to"`
	Topic  string `json:"topic"`
	DryRun bool   `json:"dryRun"`
}
