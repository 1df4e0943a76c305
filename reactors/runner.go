package reactors

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"

	"github.com/holdfast-dev/holdfast/eventstore"
)

// Log wakes reactors. [eventstore.Log] is one.
type Log interface {
	// Wait returns nil when the log may reach beyond a position, at the latest
	// after the log's poll interval, and ctx's error when ctx ends.
	Wait(ctx context.Context, after eventstore.Position) error
}

// Options configure a [Runner]. The zero value is right for production.
type Options struct {
	// Pace is the shortest time between two looks that find nothing. It keeps a
	// busy log from being looked through after every append. Default 10 ms.
	Pace time.Duration
	// Standby is how often an instance looks whether a reactor that another one
	// works on has become free. Default 500 ms.
	Standby time.Duration
	// Patience is how long a handler under way may go on when the reactors are
	// to stop. Then its context ends. Default 5 s.
	Patience time.Duration
	// MaxBackoff bounds the growing pause while something is away. Default 10 s.
	MaxBackoff time.Duration
	// Logger gets what operators must know. Default: discarded.
	Logger *slog.Logger
	// Tracing makes a span of every call of a handler. Default: none; the trace
	// of the command is in the handler's context all the same.
	Tracing trace.TracerProvider
}

func (o Options) withDefaults() Options {
	if o.Pace <= 0 {
		o.Pace = 10 * time.Millisecond
	}
	if o.Standby <= 0 {
		o.Standby = 500 * time.Millisecond
	}
	if o.Patience <= 0 {
		o.Patience = 5 * time.Second
	}
	if o.MaxBackoff <= 0 {
		o.MaxBackoff = 10 * time.Second
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Tracing == nil {
		o.Tracing = noop.NewTracerProvider()
	}
	return o
}

// Runner runs reactors. Any number of instances may run one: of each reactor
// one works at a time.
type Runner struct {
	workers []*worker
	close   func() error
}

// Open prepares reactors to run on a migrated database: one that is new to the
// log gets its offset, so that from here on it misses nothing. The pool comes
// from [Connect] for at least as many reactors, and stays the caller's.
func Open(ctx context.Context, pool *pgxpool.Pool, log Log, opts Options, reactors ...Reactor) (*Runner, error) {
	if has, wants := pool.Config().MaxConns, connections(len(reactors)); has < wants {
		return nil, fmt.Errorf("a pool of %d connections is too small for %d reactors: they need %d", has, len(reactors), wants)
	}
	if err := Register(ctx, pool, reactors...); err != nil {
		return nil, err
	}
	opts = opts.withDefaults()
	db := stdlib.OpenDBFromPool(pool)
	letters, err := newLetterBox(db)
	if err != nil {
		return nil, err
	}
	runner := &Runner{close: db.Close}
	for _, r := range reactors {
		runner.workers = append(runner.workers, &worker{
			reactor: r.withDefaults(), log: log, db: db, letters: letters, opts: opts, tally: newTally(r.Name),
		})
	}
	return runner, nil
}

// Run reacts until ctx ends. Then it lets the handlers under way finish, for
// the patience of the options and a second at most.
func (r *Runner) Run(ctx context.Context) error {
	var working sync.WaitGroup
	for _, w := range r.workers {
		working.Go(func() { w.run(ctx) })
	}
	working.Wait()
	if err := r.close(); err != nil {
		return fmt.Errorf("close the reactors' database: %w", err)
	}
	return nil
}

// Tallies returns what this instance has done, in the order of the reactors.
func (r *Runner) Tallies() []Tally {
	all := make([]Tally, len(r.workers))
	for i, w := range r.workers {
		all[i] = w.tally.read()
	}
	return all
}

// registration gives a reactor its first offset: the end of the log, or what
// stands before its first event.
const registration = `
INSERT INTO holdfast_reactors.offsets (reactor, position, event_at)
SELECT $1, coalesce(e.position, 0), e.recorded_at
FROM (VALUES (true)) AS always
LEFT JOIN (SELECT position, recorded_at FROM holdfast.events ORDER BY position DESC LIMIT 1) AS e ON $2
ON CONFLICT DO NOTHING`

// Register gives reactors that are new to the log their offsets, as [Open]
// does. It is for an instance that leaves the work to others: what happens
// before one of those starts must not be missed.
func Register(ctx context.Context, pool *pgxpool.Pool, reactors ...Reactor) error {
	if err := checkAll(reactors); err != nil {
		return err
	}
	for _, r := range reactors {
		if _, err := pool.Exec(ctx, registration, r.Name, r.From == FromHead); err != nil {
			return fmt.Errorf("register reactor %s: %w", r.Name, err)
		}
	}
	return nil
}
