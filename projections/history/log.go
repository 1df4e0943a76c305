package history

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/holdfast-dev/holdfast/eventstore"
)

// Log is an event store in memory, for reading. It is safe for concurrent use.
type Log struct {
	mu     sync.Mutex
	events []eventstore.Event
	now    time.Time
	fault  error
	grown  chan struct{}
}

// NewLog returns a log that holds events, which begin at position 1 and have
// no gaps. Its clock stands at the time of the last one.
func NewLog(events []eventstore.Event) *Log {
	l := &Log{grown: make(chan struct{}), now: Start}
	l.Append(events...)
	return l
}

// Append adds events, which go on where the log ends.
func (l *Log) Append(events ...eventstore.Event) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.events = append(l.events, events...)
	if len(events) > 0 && l.now.Before(events[len(events)-1].RecordedAt) {
		l.now = events[len(events)-1].RecordedAt
	}
	close(l.grown)
	l.grown = make(chan struct{})
}

// Set sets the store's clock.
func (l *Log) Set(now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.now = now
}

// Fail makes every read fail with err until it is called with nil.
func (l *Log) Fail(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.fault = err
}

// Clock returns the store's time.
func (l *Log) Clock() time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.now
}

// Head returns the end of the log.
func (l *Log) Head(context.Context) (eventstore.Head, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return eventstore.Head{Position: eventstore.Position(len(l.events)), Now: l.now}, l.fault
}

// Read is as [eventstore.Log.Read].
func (l *Log) Read(_ context.Context, after eventstore.Position, limit int) ([]eventstore.Event, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.fault != nil {
		return nil, l.fault
	}
	from := min(int(after), len(l.events))
	return slices.Clone(l.events[from:min(from+limit, len(l.events))]), nil
}

// ScanFacts is as [eventstore.Log.ScanFacts].
func (l *Log) ScanFacts(
	ctx context.Context, after, upTo eventstore.Position, visit func(eventstore.Event) error,
) error {
	const page = 1_000
	for after < upTo {
		events, err := l.Read(ctx, after, min(page, int(upTo-after)))
		if err != nil || len(events) == 0 {
			return err
		}
		for _, e := range events {
			if err := visit(e); err != nil {
				return err
			}
		}
		after += eventstore.Position(len(events))
	}
	return nil
}

// Wait is as [eventstore.Log.Wait], without polling.
func (l *Log) Wait(ctx context.Context, after eventstore.Position) error {
	l.mu.Lock()
	there, grown := int(after) < len(l.events), l.grown
	l.mu.Unlock()
	if there {
		return nil
	}
	select {
	case <-grown:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Follow is as [eventstore.Log.Follow], but fails when reading fails.
func (l *Log) Follow(
	ctx context.Context, after eventstore.Position, handle func(context.Context, []eventstore.Event) error,
) error {
	const page = 100
	for {
		if err := l.Wait(ctx, after); err != nil {
			return err
		}
		events, err := l.Read(ctx, after, page)
		if err != nil {
			return err
		}
		if err := handle(ctx, events); err != nil {
			return err
		}
		after += eventstore.Position(len(events))
	}
}
