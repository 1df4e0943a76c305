package waitingroom

import (
	"context"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/holdfast-dev/holdfast/domain"
)

// Status is one room as an operator sees it.
type Status struct {
	ConcertID domain.ConcertID
	// Waiting is how many wait for their turn, Called how many have it and
	// have not shown up, Active how many are inside. Called and Active
	// together are at most Capacity, unless that was lowered.
	Waiting, Called, Active, Capacity int64
	// Serving is the number up to which turns have come, Issued the highest
	// number drawn.
	Serving, Issued int64
	// RatePerMinute is how many places a minute a full room gives back: what
	// waits are estimated by.
	RatePerMinute float64
	// Losses is how often Redis has lost this room.
	Losses int64
	// Session is how long an admission lasts.
	Session time.Duration
	// Closure is why the queue is closed, [Open] if it is not.
	Closure Closure
	// Reachable is false if Redis did not answer: then Waiting, Called and
	// Active are unknown and 0, and the rest is from the last checkpoint.
	Reachable bool
}

// statusRooms bounds the answer of Status.
const statusRooms = 200

// Status returns the rooms of all concerts, the latest opened first, at most
// 200. It reads each from Redis.
//
// Refusal: queue_unavailable if Postgres does not answer.
func (r *Rooms) Status(ctx context.Context) ([]Status, error) {
	ledgerCtx, cancel := context.WithTimeout(ctx, r.opts.Timeout)
	defer cancel()
	listed, err := r.ledger.list(ledgerCtx, statusRooms)
	if err != nil {
		return nil, unavailable(err)
	}
	statuses := make([]Status, len(listed))
	var group errgroup.Group
	group.SetLimit(refreshersAtOnce)
	for i, l := range listed {
		group.Go(func() error {
			statuses[i] = r.status(ctx, l)
			return nil
		})
	}
	_ = group.Wait() // no function returns an error
	return statuses, nil
}

// StatusOf returns the room of one concert, and false if it was never opened.
//
// Refusal: queue_unavailable if Postgres does not answer.
func (r *Rooms) StatusOf(ctx context.Context, concert domain.ConcertID) (Status, bool, error) {
	ledgerCtx, cancel := context.WithTimeout(ctx, r.opts.Timeout)
	defer cancel()
	found, err := r.ledger.records(ledgerCtx, []domain.ConcertID{concert})
	if err != nil {
		return Status{}, false, unavailable(err)
	}
	if len(found) == 0 {
		return Status{ConcertID: concert}, false, nil
	}
	return r.status(ctx, found[0]), true, nil
}

func (r *Rooms) status(ctx context.Context, l listed) Status {
	s := Status{
		ConcertID: l.concert, Capacity: int64(l.settings.Capacity), Serving: l.serving, Issued: l.issued,
		RatePerMinute: l.rate * time.Minute.Seconds(), Losses: max(0, l.incarnation-1),
		Session: l.settings.Session, Closure: l.closure,
	}
	room, err := r.room(ctx, l.concert, nil)
	if err != nil || r.refresh(ctx, room) != nil {
		return s
	}
	latest := room.latest.Load()
	s.Waiting, s.Called, s.Active = latest.waiting, latest.called, latest.active
	s.Serving, s.Issued = latest.serving, latest.issued
	s.RatePerMinute = latest.rate * time.Minute.Seconds()
	s.Losses = latest.incarnation.number - 1
	s.Reachable = true
	return s
}

// Counters count what an instance has done since it started.
type Counters struct {
	// Refreshes is how often a room was read: what polling costs Redis.
	Refreshes int64
	// Joins and Claims is how often a number was asked for, and how often a
	// turn was taken up or tried.
	Joins, Claims int64
	// Losses is how often this instance restored a room.
	Losses int64
	// Watchers is how many streams are open.
	Watchers int64
}

type counters struct {
	refreshes, joins, claims, losses atomic.Int64
}

// Counters returns the counts as they stand.
func (r *Rooms) Counters() Counters {
	return Counters{
		Refreshes: r.counters.refreshes.Load(),
		Joins:     r.counters.joins.Load(),
		Claims:    r.counters.claims.Load(),
		Losses:    r.counters.losses.Load(),
		Watchers:  r.watchers.Load(),
	}
}
