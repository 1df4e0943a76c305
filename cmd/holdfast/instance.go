package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel/sdk/trace"

	"github.com/holdfast-dev/holdfast/command"
	"github.com/holdfast-dev/holdfast/domain"
	"github.com/holdfast-dev/holdfast/eventstore"
	"github.com/holdfast-dev/holdfast/http"
	"github.com/holdfast-dev/holdfast/internal/token"
	"github.com/holdfast-dev/holdfast/projections"
	"github.com/holdfast-dev/holdfast/projections/board"
	"github.com/holdfast-dev/holdfast/projections/rebuild"
	"github.com/holdfast-dev/holdfast/query"
	"github.com/holdfast-dev/holdfast/reactors"
	"github.com/holdfast-dev/holdfast/relay"
	"github.com/holdfast-dev/holdfast/waitingroom"
)

// instanceConfig is what one instance of the server is made of.
type instanceConfig struct {
	databaseURL string
	redisURL    string
	// allowUnsafe takes a database that may lose what it has acknowledged.
	allowUnsafe bool
	rules       command.Settings
	keys        *token.Keys
	http        httpFlags
	// accessLog gets a line for each request; nil for none.
	accessLog *slog.Logger
	// reactors says whether this instance reacts to events.
	reactors bool
	// sweepEvery is how often ends of holds are recorded.
	sweepEvery time.Duration
	logger     *slog.Logger
	// relay says where events go in Kafka; nil if this instance does not relay.
	relay *relayConfig
}

// instance is one server with all its parts. They are opened in the order of
// the fields and closed in the reverse.
type instance struct {
	config   instanceConfig
	registry *prometheus.Registry

	stores   stores
	log      *eventstore.Log
	writer   *eventstore.Writer[domain.State]
	commands *command.Unit
	runner   *projections.Runner
	board    *board.Board
	store    *query.Store
	rooms    *waitingroom.Rooms
	stock    *stockTaker
	tracing  *trace.TracerProvider
	server   *http.Server
	relay    *relay.Relay // nil without Kafka
	// reacting is nil if this instance does not react.
	reacting *reactors.Runner

	// background is what follows the log and the clock.
	background sync.WaitGroup
	closers    []closer
}

// closer undoes one step of opening.
type closer struct {
	what string
	undo func(context.Context) error
}

// closePatience bounds the end of everything but the requests, which have the
// drain time-out.
const closePatience = 15 * time.Second

// openInstance opens an instance on a migrated database. It serves nothing
// until [instance.serve]; close must be called.
func openInstance(ctx context.Context, config instanceConfig) (_ *instance, err error) {
	i := &instance{config: config, registry: newRegistry()}
	defer func() {
		if err != nil {
			err = errors.Join(err, i.close())
		}
	}()
	if err := i.openStores(ctx); err != nil {
		return nil, err
	}
	if err := i.openCommands(); err != nil {
		return nil, err
	}
	if err := i.openQuestions(ctx); err != nil {
		return nil, err
	}
	if err := i.openRelay(ctx); err != nil {
		return nil, err
	}
	if err := i.openHTTP(ctx); err != nil {
		return nil, err
	}
	if err := i.openReactors(ctx); err != nil {
		return nil, err
	}
	i.runBackground(ctx)
	return i, nil
}

func (i *instance) onClose(what string, undo func(context.Context) error) {
	i.closers = append(i.closers, closer{what, undo})
}

// serve answers requests on listener until ctx ends, and then lets those under
// way finish, at most for the drain time-out.
func (i *instance) serve(ctx context.Context, listener net.Listener) error {
	failed := make(chan error, 1)
	go func() { failed <- i.server.Serve(listener) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	i.config.logger.InfoContext(ctx, "stopping: requests under way may finish", slog.Duration("within", i.config.http.DrainTimeout))
	draining, cancel := context.WithTimeout(context.WithoutCancel(ctx), i.config.http.DrainTimeout)
	defer cancel()
	return errors.Join(i.server.Shutdown(draining), <-failed)
}

// close ends everything that openInstance has started, the latest first:
// readers of the log, then the writer, which answers what it has taken, then
// the connections.
func (i *instance) close() error {
	ctx, cancel := context.WithTimeout(context.Background(), closePatience)
	defer cancel()
	var failures []error
	for len(i.closers) > 0 {
		last := i.closers[len(i.closers)-1]
		i.closers = i.closers[:len(i.closers)-1]
		if err := last.undo(ctx); err != nil {
			failures = append(failures, fmt.Errorf("close %s: %w", last.what, err))
		}
	}
	return errors.Join(failures...)
}

// runBackground starts what follows the log and the clock.
func (i *instance) runBackground(ctx context.Context) {
	running, stop := context.WithCancel(context.WithoutCancel(ctx))
	logger := i.config.logger
	i.background.Go(func() { i.runner.Run(running) })
	i.background.Go(func() {
		rebuild.New(i.stores.reading, i.log, rebuild.Options{}).Upgrade(running, projections.All(), logger)
	})
	i.background.Go(func() { i.board.Run(running) })
	i.background.Go(func() { _ = i.rooms.Run(running) }) // it returns nil
	i.background.Go(func() { i.stock.run(running, i.board.Stocks()) })
	i.background.Go(func() { i.runReactors(running) })
	i.background.Go(func() {
		i.commands.ExpireHolds(running, query.NewDueHolds(i.store).Ask, i.config.sweepEvery, logger)
	})
	if i.relay != nil {
		i.background.Go(func() { i.relay.Run(running) })
	}
	i.onClose("what follows the log", func(ctx context.Context) error {
		stop()
		return await(ctx, i.background.Wait)
	})
}

// await returns when done does, or with the error of ctx.
func await(ctx context.Context, done func()) error {
	finished := make(chan struct{})
	go func() {
		done()
		close(finished)
	}()
	select {
	case <-finished:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
