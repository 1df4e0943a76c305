package replay

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/holdfast-dev/holdfast/eventstore"
)

// Log is what is replayed. [eventstore.Log] is one.
type Log interface {
	Head(ctx context.Context) (eventstore.Head, error)
	Read(ctx context.Context, after eventstore.Position, limit int) ([]eventstore.Event, error)
	LastAt(ctx context.Context, at time.Time) (eventstore.Position, error)
	Select(ctx context.Context, s eventstore.Selection,
		visit func(eventstore.Event) error, passed func(eventstore.Position) error) error
	CountBy(ctx context.Context, s eventstore.Selection, by []string, visit func(eventstore.Count) error) error
}

// When is a moment as users name it: a position, a time, or so long ago. The
// zero When is the head of the log, now.
type When struct {
	kind     kind
	position eventstore.Position
	time     time.Time
	ago      time.Duration
}

type kind uint8

const (
	atHead kind = iota
	atPosition
	atTime
	atAgo
)

// Moment is a place in the log with its time.
type Moment struct {
	// Position is that of the last event that has happened.
	Position eventstore.Position
	// At is the time that rules are judged by.
	At time.Time
}

var errWhen = errors.New("give a position (1042), a time (2026-11-27T20:15:00Z, 2026-11-27 20:15, 2026-11-27; " +
	"UTC unless it says otherwise), how long ago (90m), or head")

// layouts are the forms of times, besides RFC 3339.
var layouts = []string{
	time.RFC3339Nano, "2006-01-02 15:04:05.999999999Z07:00", "2006-01-02T15:04Z07:00", "2006-01-02T15:04:05.999999999",
	"2006-01-02 15:04:05.999999999", "2006-01-02T15:04", "2006-01-02 15:04", time.DateOnly,
}

// ParseWhen reads a moment: a position, a time (UTC unless it has a zone), a
// duration for how long ago, or "head".
func ParseWhen(text string) (When, error) {
	if text == "" || text == "head" || text == "now" {
		return When{}, nil
	}
	if n, err := strconv.ParseUint(text, 10, 63); err == nil {
		return When{kind: atPosition, position: eventstore.Position(n)}, nil
	}
	for _, layout := range layouts {
		if at, err := time.Parse(layout, text); err == nil {
			return When{kind: atTime, time: at.UTC()}, nil
		}
	}
	if ago, err := time.ParseDuration(text); err == nil && ago >= 0 {
		return When{kind: atAgo, ago: ago}, nil
	}
	return When{}, fmt.Errorf("%q is no moment: %w", text, errWhen)
}

// UnmarshalText implements [encoding.TextUnmarshaler].
func (w *When) UnmarshalText(text []byte) (err error) {
	*w, err = ParseWhen(string(text))
	return err
}

// IsHead reports whether the moment is the head of the log.
func (w When) IsHead() bool { return w.kind == atHead }

// Moment finds the moment in a log: a position with the time of its event, or
// the last event at or before a time. A time that lies ahead is good for
// asking what will be if nothing happens.
func (w When) Moment(ctx context.Context, log Log) (Moment, error) {
	head, err := log.Head(ctx)
	if err != nil {
		return Moment{}, err
	}
	switch w.kind {
	case atPosition:
		return momentOf(ctx, log, head, w.position)
	case atTime, atAgo:
		at := w.timeAt(head)
		last, err := log.LastAt(ctx, at)
		return Moment{Position: last, At: at}, err
	case atHead:
	}
	return Moment{Position: head.Position, At: head.Now}, nil
}

func (w When) timeAt(head eventstore.Head) time.Time {
	if w.kind == atAgo {
		return head.Now.Add(-w.ago)
	}
	return w.time
}

func momentOf(ctx context.Context, log Log, head eventstore.Head, position eventstore.Position) (Moment, error) {
	if position > head.Position {
		return Moment{}, fmt.Errorf("there is no position %d: the log ends at %d", position, head.Position)
	}
	if position == 0 {
		return Moment{}, nil
	}
	e, found, err := eventstore.At(ctx, log, position)
	if err != nil {
		return Moment{}, err
	}
	if !found {
		return Moment{}, fmt.Errorf("the log has no event at position %d", position)
	}
	return Moment{Position: position, At: e.RecordedAt}, nil
}

// Span is a part of the log.
type Span struct {
	// After is the position behind which it begins, UpTo its last position.
	After, UpTo eventstore.Position
	// Open says that it ends where the log did when it was asked for.
	Open bool
}

// Range finds the events from one moment to another: positions are both
// included; of times the first is and the last is not, so that hours and days
// follow each other without a gap. The zero from is the beginning of the log.
func Range(ctx context.Context, log Log, from, to When) (span Span, err error) {
	head, err := log.Head(ctx)
	if err != nil {
		return Span{}, err
	}
	switch from.kind {
	case atHead:
	case atPosition:
		span.After = max(from.position-1, 0)
	case atTime, atAgo:
		if span.After, err = before(ctx, log, from.timeAt(head)); err != nil {
			return Span{}, err
		}
	}
	switch {
	case to.kind == atHead || to.kind == atTime && to.time.After(head.Now):
		span.UpTo, span.Open = head.Position, true
		return span, nil
	case to.kind == atPosition && to.position > head.Position:
		return Span{}, fmt.Errorf("there is no position %d: the log ends at %d", to.position, head.Position)
	case to.kind == atPosition:
		span.UpTo = to.position
		return span, nil
	}
	span.UpTo, err = before(ctx, log, to.timeAt(head))
	return span, err
}

// before returns the position of the last event before a time.
func before(ctx context.Context, log Log, at time.Time) (eventstore.Position, error) {
	return log.LastAt(ctx, at.Add(-time.Nanosecond))
}
