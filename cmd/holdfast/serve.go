package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"time"

	"github.com/holdfast-dev/holdfast/internal/token"
)

type serveCommand struct {
	databaseFlag
	RedisURL            string        `required:"" env:"REDIS_URL" placeholder:"URL" help:"Address of the Redis that holds the waiting rooms: redis://host:6379/0. It needs no persistence and must not evict."`
	SigningKey          string        `required:"" env:"HOLDFAST_SIGNING_KEY" placeholder:"SECRET" help:"Secret of at least 32 bytes that signs all tokens; the same on all instances. Make one with openssl rand -hex 32."`
	AllowUnsafeDatabase bool          `env:"HOLDFAST_ALLOW_UNSAFE_DATABASE" help:"Start on a database that may lose what it has acknowledged. Only for one that is thrown away."`
	SweepInterval       time.Duration `env:"HOLDFAST_SWEEP_INTERVAL" default:"1s" placeholder:"DURATION" help:"How often ends of holds are recorded (default 1s). What may be bought does not depend on it."`
	reactorFlags

	KafkaBrokers []string `group:"kafka" env:"KAFKA_BROKERS" placeholder:"HOST:PORT" help:"Some brokers of the Kafka cluster that events are relayed to, separated by commas. Without them this instance does not relay."`

	topicFlags     `group:"kafka"`
	kafkaLinkFlags `group:"kafka"`
	httpFlags      `group:"http"`
	ruleFlags      `group:"rules"`
	logFlags       `group:"log"`
}

// Help shows examples.
func (serveCommand) Help() string {
	return `One of any number of instances on the same database and Redis. They need the same signing key and the same limits; nothing else is shared.

    export DATABASE_URL=postgres://holdfast@db/holdfast REDIS_URL=redis://cache:6379/0
    export HOLDFAST_SIGNING_KEY=$(openssl rand -hex 32)
    holdfast migrate
    holdfast serve --listen :8080 --builtin-identity

Told of Kafka brokers (--kafka-brokers), one of the instances relays the log to Kafka; see holdfast relay --help.

It is ready when /readyz says so. SIGTERM lets the requests under way finish; a second one does not.`
}

// Validate says what is wrong with the flags.
func (c serveCommand) Validate() error {
	_, key := newKeys(c.SigningKey)
	return errors.Join(checkDatabase(c.DatabaseURL), checkRedis(c.RedisURL), key,
		positive("--sweep-interval", c.SweepInterval), c.httpFlags.check(), c.ruleFlags.check(),
		checkRelaying(c.KafkaBrokers, c.kafkaLinkFlags, c.topicFlags))
}

// Run serves until ctx ends.
func (c serveCommand) Run(ctx context.Context) error {
	logger := c.logger(os.Stderr)
	slog.SetDefault(logger)
	keys, err := newKeys(c.SigningKey)
	if err != nil {
		return err
	}
	relaying, err := relayConfigOf(c.KafkaBrokers, c.kafkaLinkFlags, c.topicFlags)
	if err != nil {
		return err
	}
	config := c.config(keys, logger)
	config.relay = relaying
	i, err := openInstance(ctx, config)
	if err != nil {
		return err
	}
	listener, err := listenOn(ctx, c.Listen, "HOLDFAST_LISTEN")
	if err != nil {
		return errors.Join(err, i.close())
	}
	logger.InfoContext(ctx, "serving", slog.String("address", listener.Addr().String()), slog.String("version", version()))
	err = errors.Join(i.serve(ctx, listener), i.close())
	logger.InfoContext(ctx, "stopped")
	return err
}

func (c serveCommand) config(keys *token.Keys, logger *slog.Logger) instanceConfig {
	return instanceConfig{
		databaseURL: c.DatabaseURL,
		redisURL:    c.RedisURL,
		allowUnsafe: c.AllowUnsafeDatabase,
		rules:       c.settings(),
		keys:        keys,
		http:        c.httpFlags,
		accessLog:   c.accessLogger(os.Stderr),
		reactors:    c.Reactors,
		sweepEvery:  c.SweepInterval,
		logger:      logger,
	}
}

// listenOn names the setting of an address that cannot be had.
func listenOn(ctx context.Context, address, setting string) (net.Listener, error) {
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("%w: choose another address with %s", err, setting)
	}
	return listener, nil
}
