package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"time"

	"github.com/holdfast-dev/holdfast/internal/devstack"
	"github.com/holdfast-dev/holdfast/internal/token"
)

type devCommand struct {
	knownKeyFlags
	DatabaseURL  string   `env:"DATABASE_URL" placeholder:"URL" help:"Postgres database to use in place of one of its own."`
	RedisURL     string   `env:"REDIS_URL" placeholder:"URL" help:"Redis to use in place of one of its own."`
	KafkaBrokers []string `env:"KAFKA_BROKERS" placeholder:"HOST:PORT" help:"Kafka brokers to use in place of the one inside this process."`
	reactorFlags
	Demo bool `env:"HOLDFAST_DEMO" default:"true" negatable:"" help:"Put demo concerts on sale (default on)."`

	topicFlags     `group:"kafka"`
	kafkaLinkFlags `group:"kafka"`
	httpFlags      `group:"http"`
	ruleFlags      `group:"rules"`
	logFlags       `group:"log"`
}

// Help shows examples.
func (devCommand) Help() string {
	return `Everything runs as child processes and parts of this process, listens on this machine only, and ends with it. Data is kept between runs; delete the folder to begin afresh.

    holdfast dev
    HOLDFAST_DATA_DIR=/tmp/play HOLDFAST_HOLD_DURATION=30s holdfast dev
    DATABASE_URL=postgres://me@localhost/play holdfast dev

Postgres must be installed (its programs initdb and postgres; "make run" sees to that). A redis-server is used if there is one.`
}

// Validate says what is wrong with the flags.
func (c devCommand) Validate() error {
	var wrong []error
	if c.DatabaseURL != "" {
		wrong = append(wrong, checkDatabase(c.DatabaseURL))
	}
	if c.RedisURL != "" {
		wrong = append(wrong, checkRedis(c.RedisURL))
	}
	wrong = append(wrong, checkRelaying(c.KafkaBrokers, c.kafkaLinkFlags, c.topicFlags))
	return errors.Join(append(wrong, c.knownKeyFlags.check(), c.httpFlags.check(), c.ruleFlags.check())...)
}

// Run serves until ctx ends or a service of its own does.
func (c devCommand) Run(ctx context.Context, stdout io.Writer) (err error) {
	logger := c.logger(os.Stderr)
	slog.SetDefault(logger)
	// First of all: an address in use is the likeliest fault.
	listener, err := listenOn(ctx, c.Listen, "HOLDFAST_LISTEN")
	if err != nil {
		return err
	}
	defer func() { _ = listener.Close() }()
	stack, err := devstack.Start(ctx, devstack.Options{
		DataDir: c.DataDir, DatabaseURL: c.DatabaseURL, RedisURL: c.RedisURL, KafkaBrokers: c.KafkaBrokers,
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stack.Close()) }()
	keys, i, err := c.open(ctx, stack, logger)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, i.close()) }()
	if err := c.prepare(ctx, i); err != nil {
		return err
	}
	if err := c.welcome(stdout, listener.Addr(), keys, stack); err != nil {
		return err
	}
	return serveWith(ctx, i, listener, stack.Failed())
}

// devRetention bounds what the broker inside the process keeps of each
// partition, for it keeps all of it in memory too.
const devRetention = 8 << 20

// open migrates the database and opens an instance on the stack.
func (c devCommand) open(ctx context.Context, stack *devstack.Stack, logger *slog.Logger) (*token.Keys, *instance, error) {
	keys, err := c.keysOrMake()
	if err != nil {
		return nil, nil, err
	}
	if err := migrateAll(ctx, stack.DatabaseURL); err != nil {
		if c.DatabaseURL != "" {
			err = fmt.Errorf("%w\nDATABASE_URL is set: unset it to have a Postgres of its own", err)
		}
		return nil, nil, err
	}
	relaying, err := relayConfigOf(stack.KafkaBrokers, c.kafkaLinkFlags, c.topicFlags)
	if err != nil {
		return nil, nil, err
	}
	if len(c.KafkaBrokers) == 0 && relaying.policy != nil {
		relaying.policy.RetentionBytes = devRetention
	}
	i, err := openInstance(ctx, instanceConfig{
		databaseURL: stack.DatabaseURL,
		redisURL:    stack.RedisURL,
		// A database of the developer's own may be any; ours is durable.
		allowUnsafe: c.DatabaseURL != "",
		rules:       c.settings(),
		keys:        keys,
		http:        c.httpFlags,
		accessLog:   c.accessLogger(os.Stderr),
		reactors:    c.Reactors,
		sweepEvery:  time.Second,
		logger:      logger,
		relay:       relaying,
	})
	return keys, i, err
}

// prepare puts the demo concerts on sale and waits until they can be seen.
func (c devCommand) prepare(ctx context.Context, i *instance) error {
	if !c.Demo {
		return nil
	}
	position, err := seedDemo(ctx, i.commands, c.Currency, i.log.Clock())
	if err != nil {
		return fmt.Errorf("put the demo concerts on sale: %w", err)
	}
	return i.board.WaitFor(ctx, position)
}

// serveWith serves until ctx ends or something that it stands on fails.
func serveWith(ctx context.Context, i *instance, listener net.Listener, failed <-chan error) error {
	serving, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	go func() {
		select {
		case err := <-failed:
			stop(err)
		case <-serving.Done():
		}
	}()
	err := i.serve(serving, listener)
	if cause := context.Cause(serving); ctx.Err() == nil && cause != nil {
		return errors.Join(cause, err)
	}
	return err
}
