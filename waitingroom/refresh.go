package waitingroom

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"
)

// refreshersAtOnce bounds the rooms that are read at the same time, so that a
// slow node of a cluster does not hold up the rooms on the others.
const refreshersAtOnce = 8

// Run keeps the rooms fresh until ctx ends: what time has ended is ended, who
// is next is called, and watchers hear of it. Every instance runs it; none is
// special. It returns nil.
func (r *Rooms) Run(ctx context.Context) error {
	var running errgroup.Group
	running.Go(func() error {
		return every(ctx, r.opts.Refresh, r.refreshNext)
	})
	running.Go(func() error {
		return every(ctx, settleEvery, func(ctx context.Context) { r.reportUnsettled(ctx, r.settle(ctx)) })
	})
	return running.Wait()
}

func every(ctx context.Context, interval time.Duration, do func(context.Context)) error {
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
			do(ctx)
		}
	}
}

// refreshNext reads as many rooms as a tick allows, each in its turn.
func (r *Rooms) refreshNext(ctx context.Context) {
	r.dropIdle()
	rooms := r.rooms.Load().inOrder
	var group errgroup.Group
	group.SetLimit(refreshersAtOnce)
	for range min(len(rooms), r.opts.refreshesPerTick()) {
		r.next = (r.next + 1) % len(rooms)
		room := rooms[r.next]
		group.Go(func() error {
			r.reportDown(ctx, room, r.refresh(ctx, room))
			return nil
		})
	}
	_ = group.Wait() // no function returns an error
}

func (r *Rooms) dropIdle() {
	now := r.opts.Clock()
	idle := func(room *room) bool { return room.idle(now) }
	if !slices.ContainsFunc(r.rooms.Load().inOrder, idle) {
		return
	}
	r.replacing.Lock()
	defer r.replacing.Unlock()
	r.rooms.Store(r.rooms.Load().without(idle))
}

// reportDown logs when a room goes away and when it is back, not in between.
func (r *Rooms) reportDown(ctx context.Context, room *room, err error) {
	if ctx.Err() != nil {
		return
	}
	if was := room.down.Swap(err != nil); was == (err != nil) {
		return
	}
	if err != nil {
		r.opts.Logger.WarnContext(ctx, "waiting room cannot be read; places are answered from memory",
			slog.String("concertId", string(room.concert)), slog.Any("error", err))
		return
	}
	r.opts.Logger.InfoContext(ctx, "waiting room can be read again", slog.String("concertId", string(room.concert)))
}

// refresh reads the room once and does the chores that the reading asks for.
// The reading moves the queue on.
func (r *Rooms) refresh(ctx context.Context, room *room) error {
	room.refreshing.Lock()
	defer room.refreshing.Unlock()

	r.counters.refreshes.Add(1)
	answer, inc, err := r.call(ctx, room, order{
		script: refreshScript,
		args:   []any{checkpointEvery.Milliseconds(), int64(keptFor.Seconds())},
	})
	if err != nil {
		return err
	}
	latest, err := newSnapshot(inc, answer, r.opts.Clock())
	if err != nil {
		return unavailable(err)
	}
	room.publish(latest)
	return errors.Join(r.noteReturning(ctx, room), r.keepLedger(ctx, room, latest))
}

// keepLedger reserves numbers before they run out, and saves a checkpoint if
// it is this instance's turn to do it.
func (r *Rooms) keepLedger(ctx context.Context, room *room, s *snapshot) error {
	if s.closure == Open && s.ceiling-s.issued < r.opts.Block/2 {
		if err := r.reserve(ctx, room, s.incarnation, s.ceiling); err != nil {
			return err
		}
	}
	if s.checkpoint < 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, r.opts.Timeout)
	defer cancel()
	issued := s.high
	if s.issued > s.incarnation.floor {
		issued = s.issued
	}
	err := r.ledger.save(ctx, room.concert, s.incarnation.number, checkpoint{
		serving: s.checkpoint, issued: issued, high: s.high, rate: s.rate, now: s.taken,
	})
	if err != nil {
		return unavailable(err)
	}
	return nil
}

// reserve lets another block of numbers be drawn: in Postgres first.
func (r *Rooms) reserve(ctx context.Context, room *room, inc *incarnation, ceiling int64) error {
	ledgerCtx, cancel := context.WithTimeout(ctx, r.opts.Timeout)
	defer cancel()
	reserved, err := r.ledger.reserve(ledgerCtx, room.concert, inc.number, ceiling+r.opts.Block)
	if errors.Is(err, errMoved) {
		return r.enter(ctx, room, inc)
	}
	if err != nil {
		return unavailable(err)
	}
	// If the room has moved meanwhile, the numbers are not this incarnation's
	// to draw.
	if _, err := r.callOnce(ctx, inc, order{script: raiseScript, args: []any{reserved}}); err != nil {
		return unavailable(err)
	}
	return nil
}
