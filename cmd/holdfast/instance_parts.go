package main

import (
	"context"
	"fmt"

	"github.com/holdfast-dev/holdfast/command"
	"github.com/holdfast-dev/holdfast/domain"
	"github.com/holdfast-dev/holdfast/eventstore"
	"github.com/holdfast-dev/holdfast/http"
	"github.com/holdfast-dev/holdfast/internal/token"
	"github.com/holdfast-dev/holdfast/projections"
	"github.com/holdfast-dev/holdfast/projections/board"
	"github.com/holdfast-dev/holdfast/query"
	"github.com/holdfast-dev/holdfast/waitingroom"
)

// openCommands starts the writer and puts the commands on it.
func (i *instance) openCommands() (err error) {
	i.writer, err = eventstore.NewWriter(i.log, command.Model(), eventstore.WriterOptions{
		OnGroup: newGroupMetrics(i.registry).observe,
	})
	if err != nil {
		return err
	}
	i.onClose("writer", i.writer.Close)
	i.commands, err = command.New(i.writer, i.config.rules, newID)
	return err
}

// openQuestions makes the read models, and brings the board to where their
// tables stand.
func (i *instance) openQuestions(ctx context.Context) (err error) {
	logger := i.config.logger
	followers := eventstore.NewFollowers(i.log)
	i.runner = projections.NewRunner(i.stores.reading, followers, projections.All(), projections.Options{Logger: logger})
	i.registry.MustRegister(projectionMetrics(i.runner.Status))
	i.store = query.NewStore(i.stores.reading)
	i.board = board.New(followers, board.Options{Logger: logger})
	if err := i.board.Load(ctx, i.stores.reading); err != nil {
		return adviseOnDatabase(err)
	}
	i.rooms, err = waitingroom.New(i.stores.waiting, i.stores.redis, waitingroom.Options{Clock: i.log.Clock, Logger: logger})
	if err != nil {
		return err
	}
	i.stock = newStockTaker(i.rooms, logger)
	return i.registry.Register(roomMetrics{i.rooms, logger})
}

// openHTTP puts everything behind the contract.
func (i *instance) openHTTP(ctx context.Context) error {
	tokens, err := i.verifier(ctx)
	if err != nil {
		return err
	}
	ready, err := i.probes(ctx)
	if err != nil {
		return err
	}
	config := http.Config{
		Commands:         i.commands,
		Questions:        http.QuestionsOf(i.board, i.store),
		Rooms:            http.WaitingRooms(i.rooms),
		QueueRules:       i.queueRules,
		Admissions:       i.board,
		Log:              eventLog{i.log, i.board.Veil},
		Followers:        i.followers,
		Currency:         i.config.rules.Currency,
		Keys:             i.config.keys,
		Tokens:           livingUsers{tokens, i.board.Veil},
		ExternalIdentity: i.config.http.provider() != nil,
		Clock:            i.log.Clock,
		NewID:            newID,
		Faults: []http.Fault{
			{Err: eventstore.ErrUnavailable, Code: http.CodeStoreUnavailable},
			{Err: eventstore.ErrClosed, Code: http.CodeStoreUnavailable},
			{Err: eventstore.ErrContention, Code: http.CodeConflict},
		},
		Probes:         ready,
		Logger:         i.config.logger,
		AccessLog:      i.config.accessLog,
		Registry:       i.registry,
		Timeout:        i.config.http.RequestTimeout,
		TrustedProxies: i.config.http.TrustedProxies,
	}
	i.tracing, err = startTracing(ctx)
	if err != nil {
		return err
	}
	if i.tracing != nil {
		config.Tracing = i.tracing
		i.onClose("traces", i.tracing.Shutdown)
	}
	i.server, err = http.New(config)
	return err
}

// verifier reads the tokens of requests: our own, and those of the identity
// provider if there is one.
func (i *instance) verifier(ctx context.Context) (*token.Verifier, error) {
	config := i.config.http.provider()
	if config == nil {
		return token.NewVerifier(i.config.keys, nil), nil
	}
	config.Logger = i.config.logger
	// The provider's keys are refreshed for as long as requests may come.
	refreshing, stop := context.WithCancel(context.WithoutCancel(ctx))
	i.onClose("identity provider", func(context.Context) error { stop(); return nil })
	provider, err := token.NewProvider(refreshing, *config)
	if err != nil {
		return nil, err
	}
	return token.NewVerifier(i.config.keys, provider), nil
}

// queueRules implements [http.QueueRules] from the board.
func (i *instance) queueRules(id domain.ConcertID) (waitingroom.Settings, bool) {
	concert, found := i.board.Concert(id)
	return waitingroom.Settings{Capacity: concert.QueueCapacity, Session: concert.Session}, found
}

// followers implements [http.Followers].
func (i *instance) followers(ctx context.Context) ([]http.Follower, error) {
	all := []http.Follower{{Name: "board", Position: int64(i.board.Position())}}
	for _, p := range i.runner.Status() {
		all = append(all, http.Follower{Name: p.Projection, Position: int64(p.Position)})
	}
	if relay, running := i.relayFollower(); running {
		all = append(all, relay)
	}
	reacting, err := i.reactorFollowers(ctx)
	return append(all, reacting...), err
}

// probes are what must be there for this instance to be sent requests. Redis
// is not among them: without it nobody joins a queue, but whoever is admitted
// goes on buying, so taking every instance out would make things worse.
func (i *instance) probes(ctx context.Context) ([]http.Probe, error) {
	head, err := i.log.Head(ctx)
	if err != nil {
		return nil, err
	}
	return []http.Probe{
		{Name: "postgres", Check: func(ctx context.Context) error {
			_, err := i.log.Head(ctx)
			return err
		}},
		{Name: "board", Check: func(context.Context) error {
			status := i.board.Status()
			if status.Err == nil && status.Position < head.Position {
				return fmt.Errorf("at position %d, and the log was at %d when this instance started", status.Position, head.Position)
			}
			return status.Err
		}},
		// After a deployment, those of a changed version are built first.
		{Name: "read models", Check: func(ctx context.Context) error {
			for _, p := range projections.All() {
				if _, err := projections.Answering(ctx, i.stores.reading, p.Name, p.Version); err != nil {
					return err
				}
			}
			return nil
		}},
	}, nil
}
