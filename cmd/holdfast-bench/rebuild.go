package main

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/holdfast-dev/holdfast/eventstore"
	"github.com/holdfast-dev/holdfast/internal/bench"
	"github.com/holdfast-dev/holdfast/projections"
	"github.com/holdfast-dev/holdfast/projections/rebuild"
)

// rebuilds measures how fast all read models together are built from a log of
// an on-sale, until their tables have their indexes; and, beside it, the loop
// that one would write first: select a page, fold it, upsert its rows.
func rebuilds(s *server, events int) bench.Section {
	const copied, paged = "rebuild of all read models", "select and upsert, page by page"
	return bench.Section{
		Title: "Rebuild the read models",
		Open: func(ctx context.Context) (bench.Opened, error) {
			databaseURL, err := s.onSale(ctx, events)
			if err != nil {
				return bench.Opened{}, err
			}
			pool, err := eventstore.Connect(ctx, databaseURL, eventstore.RoleProjector)
			if err != nil {
				return bench.Opened{}, err
			}
			log, err := eventstore.Open(ctx, pool, eventstore.Options{})
			if err != nil {
				pool.Close()
				return bench.Opened{}, err
			}
			r := rebuilder{databaseURL: databaseURL, pool: pool, log: log, events: events}
			return bench.Opened{
				Measures: []bench.Measure{{Name: copied, Run: r.copied}, {Name: paged, Run: r.paged}},
				Close: func() error {
					log.Close()
					pool.Close()
					return nil
				},
			}, nil
		},
		Claims: []bench.Claim{bench.RateAtLeast(copied, 250_000), bench.RatioAtLeast(copied, paged, 4), bench.MemoryBelow(copied, toolMemory)},
	}
}

type rebuilder struct {
	databaseURL string
	pool        *pgxpool.Pool
	log         *eventstore.Log
	events      int
}

// copied builds everything once, in a process of its own.
func (r rebuilder) copied(ctx context.Context, length time.Duration) (_ bench.Sample, err error) {
	if err := r.clear(ctx); err != nil {
		return bench.Sample{}, err
	}
	child, err := startChild(ctx, []string{"DATABASE_URL=" + r.databaseURL}, "rebuild-child")
	if err != nil {
		return bench.Sample{}, err
	}
	defer func() { err = errors.Join(err, child.close()) }()
	memory := watchMemory(child.command.Process.Pid)
	sample, err := child.load(length)
	sample.Rate *= float64(r.events)
	sample.Memory = memory()
	return sample, err
}

// rebuildChild is the process that builds everything once.
type rebuildChild struct {
	DatabaseURL string `env:"DATABASE_URL" required:""`
}

// Run builds when the parent says so. The rate is of builds.
func (c rebuildChild) Run(ctx context.Context) error {
	pool, err := eventstore.Connect(ctx, c.DatabaseURL, eventstore.RoleProjector)
	if err != nil {
		return err
	}
	defer pool.Close()
	log, err := eventstore.Open(ctx, pool, eventstore.Options{})
	if err != nil {
		return err
	}
	defer log.Close()
	return serveParent(ctx, func(ctx context.Context, _ time.Duration) (bench.Sample, error) {
		began := time.Now()
		err := rebuild.New(pool, log, rebuild.Options{}).Build(ctx, projections.All())
		return bench.Sample{Rate: 1 / time.Since(began).Seconds()}, err
	})
}

// paged folds a part of the log, which is enough to tell the rate.
func (r rebuilder) paged(ctx context.Context, _ time.Duration) (bench.Sample, error) {
	if err := r.clear(ctx); err != nil {
		return bench.Sample{}, err
	}
	part := eventstore.Position(min(r.events, 80_000))
	for _, p := range projections.All() {
		create := func(tx pgx.Tx) error { return p.Create(ctx, tx, projections.Next) }
		if err := pgx.BeginFunc(ctx, r.pool, create); err != nil {
			return bench.Sample{}, err
		}
	}
	began := time.Now()
	for _, p := range projections.All() {
		err := projections.CatchUp(ctx, r.pool, p, projections.Next, r.log, part, projections.Options{}, func(eventstore.Position) {})
		if err != nil {
			return bench.Sample{}, err
		}
	}
	return bench.Sample{Rate: float64(part) / time.Since(began).Seconds()}, nil
}

// clear drops what the measure before has built.
func (r rebuilder) clear(ctx context.Context) error {
	for _, p := range projections.All() {
		if _, err := rebuild.Discard(ctx, r.pool, p.Name, projections.Next); err != nil {
			return err
		}
	}
	return nil
}
