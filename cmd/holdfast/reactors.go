package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/holdfast-dev/holdfast/domain"
	"github.com/holdfast-dev/holdfast/http"
	"github.com/holdfast-dev/holdfast/projections/board"
	"github.com/holdfast-dev/holdfast/reactors"
	"github.com/holdfast-dev/holdfast/waitingroom"
)

// reactorFlags say whether this instance reacts to events.
type reactorFlags struct {
	Reactors bool `env:"HOLDFAST_REACTORS" default:"true" negatable:"" help:"React to events, such as giving a place in the waiting room back after a payment (default on). At least one instance must; of those that do, one works on each reactor."`
}

// reactors are what the server does after the fact.
func (i *instance) reactors() []reactors.Reactor {
	return []reactors.Reactor{reactors.EndSessions(i.endSession)}
}

// openReactors prepares the reactors; those that are new to the log begin
// here, before any request is served.
func (i *instance) openReactors(ctx context.Context) (err error) {
	metrics := reactorMetrics{status: func(ctx context.Context) ([]reactors.Status, error) {
		return reactors.ReadStatus(ctx, i.stores.reacting)
	}}
	defer func() { i.registry.MustRegister(metrics) }()
	if !i.config.reactors {
		return adviseOnDatabase(reactors.Register(ctx, i.stores.reacting, i.reactors()...))
	}
	options := reactors.Options{Logger: i.config.logger}
	if i.tracing != nil {
		options.Tracing = i.tracing
	}
	i.reacting, err = reactors.Open(ctx, i.stores.reacting, i.log, options, i.reactors()...)
	if err != nil {
		return adviseOnDatabase(err)
	}
	metrics.tallies = i.reacting.Tallies
	return nil
}

// runReactors reacts until ctx ends.
func (i *instance) runReactors(ctx context.Context) {
	if i.reacting == nil {
		return
	}
	if err := i.reacting.Run(ctx); err != nil {
		i.config.logger.ErrorContext(ctx, "reactors have ended", "error", err)
	}
}

// reactorFollowers tells how far each reactor has come, whichever instance
// works on it, and what keeps this instance's from going on.
func (i *instance) reactorFollowers(ctx context.Context) ([]http.Follower, error) {
	trouble := map[string]string{}
	if i.reacting != nil {
		for _, t := range i.reacting.Tallies() {
			if t.Err != nil {
				trouble[t.Reactor] = t.Err.Error()
			}
		}
	}
	all, err := reactors.ReadStatus(ctx, i.stores.reacting)
	followers := make([]http.Follower, len(all))
	for n, r := range all {
		followers[n] = http.Follower{
			Name: "reactor " + r.Reactor, Position: int64(r.Position), Trouble: trouble[r.Reactor], DeadLetters: &r.DeadLetters,
		}
	}
	return followers, err
}

// boardPatience bounds how long a place is kept from the next in line because
// the board has not read the payment that ended its session.
const boardPatience = 3 * time.Second

// endSession implements [reactors.EndSession]. Before a place is given on,
// whatever the payment has sold out is closed: nobody is called to an empty
// shop.
func (i *instance) endSession(ctx context.Context, over reactors.EndedAdmission) error {
	waiting, cancel := context.WithTimeout(ctx, boardPatience)
	defer cancel()
	if i.board.WaitFor(waiting, over.Position) == nil {
		if current, found := i.board.Stock(over.ConcertID); found {
			i.stock.take(ctx, slices.Values([]board.Stock{current}))
		}
	}
	err := i.rooms.Spent(ctx, waitingroom.Place{UserID: over.UserID, ConcertID: over.ConcertID, AdmissionID: over.ID})
	if domain.CodeOf(err) == domain.CodeQueueUnavailable {
		return fmt.Errorf("%w: %w", reactors.ErrAway, err)
	}
	return err
}
