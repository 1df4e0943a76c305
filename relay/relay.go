package relay

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/holdfast-dev/holdfast/internal/idle"
)

// Relay is one instance of the relay. Run it once; Status may be asked at any
// time by anybody.
type Relay struct {
	pool    *pgxpool.Pool
	log     Log
	connect Connect
	opts    Options

	mu     sync.Mutex
	status Status
}

// New makes a relay of the log, whose table [Migrate] has created. Connections
// of pool act as [Role]; two are used.
func New(pool *pgxpool.Pool, log Log, connect Connect, opts Options) *Relay {
	return &Relay{pool: pool, log: log, connect: connect, opts: opts.withDefaults()}
}

// Run relays whenever no other instance does, until ctx ends. It returns
// within the publisher's time to close and a second or two. Nothing else ends
// it: what goes wrong is in [Relay.Status] and in the log, and tried again.
func (r *Relay) Run(ctx context.Context) {
	pause := pauses{max: r.opts.MaxBackoff}
	for ctx.Err() == nil {
		held, checkpoint, err := take(ctx, r.pool, r.opts)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			r.note(func(s *Status) { s.Err = err })
			r.opts.Logger.WarnContext(ctx, "cannot look at the relay's checkpoint; trying again", slog.Any("error", err))
			idle.For(ctx, pause.next())
			continue
		case held == nil:
			r.standBy(ctx, checkpoint)
			idle.For(ctx, r.opts.Lease/3)
			continue
		}
		r.work(ctx, held, checkpoint, &pause)
	}
}

// standBy notes that somebody else relays, and tells of it once for each owner.
func (r *Relay) standBy(ctx context.Context, c Checkpoint) {
	before := r.Status()
	r.note(func(s *Status) { s.standBy(c) })
	if before.Working || before.Owner != c.Owner || before.Epoch != c.Epoch {
		r.opts.Logger.InfoContext(ctx, "standing by: another instance relays the log to Kafka", slog.String("owner", c.Owner))
	}
}

// work relays in one epoch, and waits before the next if it ended in error.
func (r *Relay) work(ctx context.Context, held *lease, from Checkpoint, pause *pauses) {
	r.note(func(s *Status) { s.takeOver(from) })
	r.opts.Logger.InfoContext(ctx, "relaying the log to Kafka",
		slog.Int64("after", int64(from.Position)), slog.Int64("epoch", from.Epoch))
	t := &tenure{Relay: r, lease: held, from: from}
	err := t.run(ctx)
	r.note(func(s *Status) { s.Working, s.Err = false, err })
	if ctx.Err() != nil || err == nil {
		return
	}
	r.opts.Logger.WarnContext(ctx, "stopped relaying", slog.Int64("epoch", from.Epoch), slog.Any("error", err))
	if t.moved {
		pause.reset()
	}
	idle.For(ctx, pause.next())
}

// pauses grow from one error to the next.
type pauses struct {
	max  time.Duration
	last time.Duration
}

const shortestPause = 50 * time.Millisecond

func (p *pauses) next() time.Duration {
	p.last = min(max(2*p.last, shortestPause), p.max)
	return p.last
}

func (p *pauses) reset() { p.last = 0 }
