package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"slices"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/holdfast-dev/holdfast/command"
	"github.com/holdfast-dev/holdfast/domain"
	"github.com/holdfast-dev/holdfast/eventstore"
	"github.com/holdfast-dev/holdfast/http"
	"github.com/holdfast-dev/holdfast/internal/token"
	"github.com/holdfast-dev/holdfast/projections"
	"github.com/holdfast-dev/holdfast/projections/board"
	"github.com/holdfast-dev/holdfast/query"
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
	accessLog   bool
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

	stores stores
	log    *eventstore.Log
	writer *eventstore.Writer[domain.State]
	// commands are the unit's, and tell the waiting rooms of payments.
	commands endingSessions
	runner   *projections.Runner
	board    *board.Board
	store    *query.Store
	rooms    *waitingroom.Rooms
	server   *http.Server
	relay    *relay.Relay // nil without Kafka

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
	i.background.Go(func() { i.board.Run(running) })
	i.background.Go(func() { _ = i.rooms.Run(running) }) // it returns nil
	stock := newStockTaker(i.rooms, logger)
	i.background.Go(func() { stock.run(running, i.board.Stocks()) })
	i.background.Go(func() { i.commands.run(running, i.rooms, i.closeSoldOut(stock), logger) })
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

// boardPatience bounds how long a place is kept from the next in line because
// the board has not read the payment that ended its session.
const boardPatience = 3 * time.Second

// closeSoldOut closes the queue of a concert if it is sold out as of a position.
func (i *instance) closeSoldOut(stock *stockTaker) func(context.Context, domain.ConcertID, eventstore.Position) {
	return func(ctx context.Context, concert domain.ConcertID, position eventstore.Position) {
		waiting, cancel := context.WithTimeout(ctx, boardPatience)
		defer cancel()
		if i.board.WaitFor(waiting, position) != nil {
			return
		}
		if current, found := i.board.Stock(concert); found {
			stock.take(ctx, slices.Values([]board.Stock{current}))
		}
	}
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
