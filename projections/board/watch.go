package board

import (
	"context"
	"sync"
	"time"

	"github.com/holdfast-dev/holdfast/domain"
	"github.com/holdfast-dev/holdfast/projections/sale"
)

// Watch subscribes to the changes of a performance's seats: a snapshot, then
// every change of what is shown, the ends of holds by the clock among them. It
// returns false if there is no such performance. Closing the watch is the
// caller's duty. The board's Run must be under way for changes to arrive.
func (b *Board) Watch(id domain.PerformanceID) (*sale.Watch, bool) {
	seats, found := b.index.Load().seats[id]
	if !found {
		return nil, false
	}
	seats.At(b.log.Clock()) // so that the snapshot is true at this moment
	watch := seats.Watch(b.opts.WatchBuffer)
	b.alarm.add(seats)
	return watch, true
}

// maxSleep bounds how long the alarm trusts its reckoning of the store's clock.
const maxSleep = time.Second

// alarm ends the holds of performances that somebody watches. Elsewhere holds
// end when somebody asks.
type alarm struct {
	mu      sync.Mutex
	watched map[*sale.Seats]struct{}
	wake    chan struct{}
}

func (a *alarm) init() {
	a.watched = make(map[*sale.Seats]struct{})
	a.wake = make(chan struct{}, 1)
}

// add looks after a performance until nobody watches it any more.
func (a *alarm) add(seats *sale.Seats) {
	a.mu.Lock()
	a.watched[seats] = struct{}{}
	a.mu.Unlock()
	a.ring()
}

// ring makes the alarm look again when the next hold ends.
func (a *alarm) ring() {
	select {
	case a.wake <- struct{}{}:
	default:
	}
}

// endHolds ends the holds that are over and returns when the next one will be.
func (a *alarm) endHolds(now time.Time) (next time.Time, found bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for seats := range a.watched {
		if !seats.Watched() {
			delete(a.watched, seats)
			continue
		}
		if end, has := seats.At(now).GoodUntil(); has && (!found || end.Before(next)) {
			next, found = end, true
		}
	}
	return next, found
}

// endWatchedHolds runs the alarm until ctx ends.
func (b *Board) endWatchedHolds(ctx context.Context) {
	timer := time.NewTimer(maxSleep)
	defer timer.Stop()
	for {
		now := b.log.Clock()
		next, found := b.alarm.endHolds(now)
		if found {
			timer.Reset(min(next.Sub(now), maxSleep))
		}
		select {
		case <-timer.C:
		case <-b.alarm.wake:
		case <-ctx.Done():
			return
		}
	}
}
