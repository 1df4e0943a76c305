package eventstore

import (
	"context"
	"sync"
	"time"
)

const (
	// sharedEvents is how many of the latest events followers share.
	sharedEvents = 8_192
	// sharedFor is how old the latest read may be for what was read to be handed
	// on. It bounds what a log that is replaced under a running process (restored,
	// failed over) can still show of the one before.
	sharedFor = 200 * time.Millisecond
	// followPace is the shortest time between reads of a follower that keeps up,
	// so that a busy log arrives in pages and not group by group.
	followPace = 10 * time.Millisecond
)

// Followers is a [Log] for readers in one process that follow it at the same
// time. What one of them reads from the database the others get from memory, so
// that a busy log is read once and not once for each. It promises what the log
// does, but that a page may be as old as 200 ms: whoever needs the end of the
// log at this moment reads the log. Events are shared: for reading only.
type Followers struct {
	log *Log
	// reading holds a token while somebody reads from the database.
	reading chan struct{}

	mu sync.Mutex
	// latest are the latest events that were read, without a gap. The slice is
	// handed out in parts and never written to.
	latest []Event
	readAt time.Time
}

// NewFollowers returns a reader of a log that is shared.
func NewFollowers(log *Log) *Followers {
	return &Followers{log: log, reading: make(chan struct{}, 1)}
}

// Read is [Log.Read], with the events of a page that somebody has just read if
// there is one.
func (f *Followers) Read(ctx context.Context, after Position, limit int) ([]Event, error) {
	if events := f.known(after, limit); events != nil {
		return events, nil
	}
	select {
	case f.reading <- struct{}{}:
		defer func() { <-f.reading }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	// Whoever was before us may have read just that.
	if events := f.known(after, limit); events != nil {
		return events, nil
	}
	began := time.Now()
	events, err := f.log.Read(ctx, after, limit)
	if err == nil {
		f.keep(events, began)
	}
	return events, err
}

// Wait is [Log.Wait].
func (f *Followers) Wait(ctx context.Context, after Position) error { return f.log.Wait(ctx, after) }

// Head is [Log.Head].
func (f *Followers) Head(ctx context.Context) (Head, error) { return f.log.Head(ctx) }

// Clock is [Log.Clock].
func (f *Followers) Clock() time.Time { return f.log.Clock() }

// Follow is [Log.Follow], with at least 10 ms from the begin of a page to that
// of the next once it has caught up.
func (f *Followers) Follow(ctx context.Context, after Position, handle func(context.Context, []Event) error) error {
	return f.log.follow(ctx, after, f.Read, followPace, handle)
}

// known returns up to limit events after a position from memory, nil if it does
// not hold the next one.
func (f *Followers) known(after Position, limit int) []Event {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.latest) == 0 || time.Since(f.readAt) > sharedFor {
		return nil
	}
	first := int(after + 1 - f.latest[0].Position)
	if first < 0 || first >= len(f.latest) || limit < 1 {
		return nil
	}
	last := min(first+limit, len(f.latest))
	return f.latest[first:last:last]
}

// keep adds a page to the latest events if it goes on where they end, and begins
// with it anew if it is beyond them.
func (f *Followers) keep(page []Event, readAt time.Time) {
	if len(page) == 0 {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	stale := time.Since(f.readAt) > sharedFor
	switch end := len(f.latest); {
	case end > 0 && !stale && page[0].Position == f.latest[end-1].Position+1:
		if end+len(page) > sharedEvents {
			// What was handed out stays as it is: the rest moves elsewhere.
			f.latest = append(make([]Event, 0, 2*sharedEvents), f.latest[end-min(end, sharedEvents/2):]...)
		}
		f.latest = append(f.latest, page...)
	case end > 0 && !stale && page[len(page)-1].Position <= f.latest[end-1].Position:
		return // of somebody who is behind
	default:
		f.latest = append(make([]Event, 0, 2*sharedEvents), page...)
	}
	f.readAt = readAt
}
