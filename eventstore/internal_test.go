package eventstore

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// tally is a state for tests of what is inside the package: how many events
// there were, and when the decision about them flips.
type tally struct {
	events int
	flips  time.Time
}

// Window implements State.
func (s tally) Window(now time.Time) (from, until time.Time) {
	switch {
	case s.flips.IsZero():
		return time.Time{}, time.Time{}
	case now.Before(s.flips):
		return time.Time{}, s.flips
	default:
		return s.flips, time.Time{}
	}
}

// errUnknownType is what tallying says to a type other than "counted".
var errUnknownType = errors.New("unknown type")

func tallying(prev tally, e Event) (tally, error) {
	if e.Type != "counted" {
		return tally{}, errUnknownType
	}
	prev.events++
	return prev, nil
}

// noon is when the tests take place.
var noon = time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)

// deskWriter is a writer without a database or a goroutine.
func deskWriter(t *testing.T) *Writer[tally] {
	t.Helper()
	m := Model[tally]{Fold: tallying, Timeless: func(stream string) bool { return stream != "timed" }}
	memory, err := newCache(100, m)
	require.NoError(t, err)
	return &Writer[tally]{cache: memory, model: m}
}

// remember puts a state into the writer's memory.
func remember(t *testing.T, w *Writer[tally], k key, s tally, revision int64) {
	t.Helper()
	mine, _ := w.cache.begin([]key{k})
	require.Equal(t, []key{k}, mine)
	w.cache.finish(k, entry[tally]{snapshot: snapshot[tally]{state: s, revision: revision}, asOf: 100}, nil)
}

// counted is an event of the tests.
func counted(stream, tag string) NewEvent {
	return NewEvent{Stream: stream, Type: "counted", Tag: tag, Payload: []byte(`{}`)}
}

// command makes a pending command.
func command(t *testing.T, decide func(*Tx[tally]) error) *pending[tally] {
	t.Helper()
	return &pending[tally]{ctx: t.Context(), cmd: &Command[tally]{Decide: decide}, verdict: make(chan verdict, 1)}
}

// stream and tag make keys.
func streamKey(name string) key { return key{name: name} }
func tagKey(name string) key    { return key{name: name, tag: true} }

// closedContext is the context of a caller who has left.
func closedContext(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	return ctx
}
