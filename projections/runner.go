package projections

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/holdfast-dev/holdfast/eventstore"
	"github.com/holdfast-dev/holdfast/internal/idle"
)

// Log is what a runner needs of the event store.
type Log interface {
	eventstore.Reader
	// Wait returns nil when the log may reach beyond a position, and ctx's
	// error when ctx ends.
	Wait(ctx context.Context, after eventstore.Position) error
	// Head returns the end of the log.
	Head(ctx context.Context) (eventstore.Head, error)
}

// Options configure a [Runner]. The zero value is right for production.
type Options struct {
	// PageSize is how many events a step takes at most. Default 2,000.
	PageSize int
	// Pace is the shortest time from the beginning of a step to that of the
	// next while the projection keeps up. It makes a busy log arrive in batches,
	// for a step costs as much as a hundred events, and delays nothing on a
	// quiet one. Default 100 ms.
	Pace time.Duration
	// Standby is how often an instance that does not work looks whether the one
	// that does still goes on. A dead worker is replaced within three of these.
	// Default 1 s.
	Standby time.Duration
	// StallLimit is how long an instance may hang in the middle of a step before
	// the server takes the checkpoint away from it. Default 5 s.
	StallLimit time.Duration
	// MaxBackoff bounds the growing pause after a failed step. Default 10 s.
	MaxBackoff time.Duration
	// Logger gets what operators must know. Default: discarded.
	Logger *slog.Logger
}

func (o Options) withDefaults() Options {
	if o.PageSize <= 0 {
		o.PageSize = 2_000
	}
	if o.Pace <= 0 {
		o.Pace = 100 * time.Millisecond
	}
	if o.Standby <= 0 {
		o.Standby = time.Second
	}
	if o.StallLimit <= 0 {
		o.StallLimit = 5 * time.Second
	}
	if o.MaxBackoff <= 0 {
		o.MaxBackoff = 10 * time.Second
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return o
}

// Runner keeps the builds of projections current that are of this program's
// version: the live one, the next one and the former one, so that each can be
// swapped in at any time. Any number of instances may run one: they share the
// work so that each build has one worker at a time.
type Runner struct {
	pool *pgxpool.Pool
	log  Log
	opts Options
	// workers of each projection, that of the live place first.
	workers [][]*worker
	head    atomic.Int64
}

// NewRunner makes a runner of the projections, whose tables [Migrate] has
// created. Connections of pool act as [eventstore.RoleProjector].
func NewRunner(pool *pgxpool.Pool, log Log, projections []Projection, opts Options) *Runner {
	r := &Runner{pool: pool, log: log, opts: opts.withDefaults()}
	for _, p := range projections {
		var workers []*worker
		for _, place := range []string{Live, Former, Next} {
			b := build{Projection: p, place: place, pool: pool, stallLimit: r.opts.StallLimit}
			workers = append(workers, newWorker(b, log, r.opts))
		}
		for i, w := range workers {
			w.others = slices.Concat(workers[:i], workers[i+1:])
		}
		r.workers = append(r.workers, workers)
	}
	return r
}

// Run works until ctx ends and every step under way has ended. A projection
// that fails tries again with a growing pause; the others do not notice.
func (r *Runner) Run(ctx context.Context) {
	var running sync.WaitGroup
	running.Go(func() { r.watchHead(ctx) })
	running.Go(func() { r.showUse(ctx) })
	for _, workers := range r.workers {
		for _, w := range workers {
			running.Go(func() { w.run(ctx) })
		}
	}
	running.Wait()
}

// headInterval is how often the end of the log is looked up to tell the lag.
const headInterval = time.Second

func (r *Runner) watchHead(ctx context.Context) {
	for {
		if head, err := r.log.Head(ctx); err == nil {
			r.head.Store(int64(head.Position))
		}
		if !idle.For(ctx, headInterval) {
			return
		}
	}
}

// Status returns how each projection fares, as this instance knows it: at most
// a standby interval old. It tells of the live build, or, while that is of
// another version, of the one that this program works on. It does not ask the
// database.
func (r *Runner) Status() []Status {
	all := make([]Status, len(r.workers))
	for i, workers := range r.workers {
		shown := workers[0]
		for _, w := range workers {
			if !w.elsewhere.Load() {
				shown = w
				break
			}
		}
		all[i] = shown.status.read()
		all[i].Head = max(eventstore.Position(r.head.Load()), all[i].Position)
	}
	return all
}
