package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/holdfast-dev/holdfast/eventstore"
	"github.com/holdfast-dev/holdfast/relay"
)

type relayCommands struct {
	Run       relayRunCommand       `cmd:"" default:"withargs" help:"Relay the log to Kafka, and nothing else."`
	Status    relayStatusCommand    `cmd:"" help:"Show how far the relay is, and what troubles it."`
	Republish relayRepublishCommand `cmd:"" help:"Send a part of the log again."`
	Seek      relaySeekCommand      `cmd:"" help:"Move the checkpoint to another position."`
}

type relayRunCommand struct {
	databaseFlag
	AllowUnsafeDatabase bool `env:"HOLDFAST_ALLOW_UNSAFE_DATABASE" help:"Start on a database that may lose what it has acknowledged. Only for one that is thrown away."`

	topicFlags  `group:"kafka"`
	kafkaFlags  `group:"kafka"`
	formatFlags `group:"log"`
}

// Help shows examples.
func (relayCommands) Help() string {
	return `"holdfast relay" alone is "holdfast relay run"; its settings ($KAFKA_BROKERS, $KAFKA_TOPIC …) are under "holdfast relay run --help".

    holdfast relay
    holdfast relay status
    holdfast relay republish --from 1 --to 5000 --topic holdfast.backfill`
}

// Help shows examples.
func (relayRunCommand) Help() string {
	return `Sends every event of the log to Kafka, in order, at least once. Instances of holdfast serve do that too when they are told of brokers; this is for those who would rather have it apart. Any number may run: one works, and another takes over within five seconds if it dies.

    export DATABASE_URL=postgres://holdfast@db/holdfast KAFKA_BROKERS=kafka-1:9092,kafka-2:9092
    holdfast relay
    holdfast relay status

While Kafka is away it tries again for ever. SIGTERM ends it within seconds.`
}

// Validate says what is wrong with the flags.
func (c relayRunCommand) Validate() error {
	return errors.Join(checkDatabase(c.DatabaseURL), c.kafkaFlags.check(), c.topicFlags.check())
}

// Run relays until ctx ends.
func (c relayRunCommand) Run(ctx context.Context) error {
	logger := c.logger(os.Stderr)
	slog.SetDefault(logger)
	config, err := relayConfigOf(c.KafkaBrokers, c.kafkaLinkFlags, c.topicFlags)
	if err != nil {
		return err
	}
	pool, err := eventstore.Connect(ctx, c.DatabaseURL, relay.Role)
	if err != nil {
		return err
	}
	defer pool.Close()
	if err := checkRelay(ctx, pool); err != nil {
		return err
	}
	log, err := eventstore.Open(ctx, pool, eventstore.Options{AllowUnsafe: c.AllowUnsafeDatabase, Logger: logger})
	if err != nil {
		return adviseOnDatabase(err)
	}
	defer log.Close()
	logger.InfoContext(ctx, "relay started", slog.Any("brokers", c.KafkaBrokers), slog.String("version", version()))
	relay.New(pool, log, config.connect, relay.Options{Topics: config.topics, Source: config.source, Logger: logger}).Run(ctx)
	logger.InfoContext(ctx, "stopped")
	return nil
}

// checkRelay fails, with advice, on a database without the relay's table.
func checkRelay(ctx context.Context, pool *pgxpool.Pool) error {
	if _, err := relay.Checkpoints(ctx, pool); err != nil {
		return adviseOnDatabase(fmt.Errorf("look at the relay's checkpoint: %w", err))
	}
	return nil
}
