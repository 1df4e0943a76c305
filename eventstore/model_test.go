package eventstore_test

import (
	"encoding/json"
	"fmt"
	"hash/fnv"
	"strings"
	"time"

	"github.com/holdfast-dev/holdfast/eventstore"
)

// The wire types of the tests.
const (
	noted = "noted.v1"
	// held keeps what it is about for a number of microseconds.
	held = "held.v1"
)

// latest begins the names of streams whose latest event alone is their state.
const latest = "latest-"

// state is what the events of a stream or tag add up to: how many there were,
// a digest of all of them in order, and until when a hold lasts.
type state struct {
	Count     int
	Digest    uint64
	HeldUntil time.Time
}

// body is the payload of the tests' events.
type body struct {
	Text       string  `json:"text,omitempty"`
	HoldMicros int64   `json:"holdMicros,omitempty"`
	ID         string  `json:"id,omitempty"`
	Saw        []sight `json:"saw,omitempty"`
}

// Window implements [eventstore.State]: a decision comes out differently
// before and after the end of the hold.
func (s state) Window(now time.Time) (from, until time.Time) {
	switch {
	case s.HeldUntil.IsZero():
		return time.Time{}, time.Time{}
	case now.Before(s.HeldUntil):
		return time.Time{}, s.HeldUntil
	default:
		return s.HeldUntil, time.Time{}
	}
}

func model() eventstore.Model[state] {
	return eventstore.Model[state]{Fold: fold, FoldTag: foldTag, LatestIsState: latestIsState, Timeless: timeless}
}

func latestIsState(stream string) bool { return strings.HasPrefix(stream, latest) }

// fold is for streams.
func fold(prev state, e eventstore.Event) (state, error) {
	if latestIsState(e.Stream) {
		prev = state{Count: int(e.Version) - 1}
	}
	return foldTag(prev, e)
}

// timeless names the streams that the tests never put a hold on.
func timeless(stream string) bool { return stream == "s" || stream == "shared" }

// foldTag is for tags, which remember every event of every stream.
func foldTag(prev state, e eventstore.Event) (state, error) {
	next := prev
	next.Count++
	h := fnv.New64a()
	_, _ = fmt.Fprintf(h, "%d %s %d %s %s", prev.Digest, e.Stream, e.Version, e.Type, e.Payload)
	next.Digest = h.Sum64()
	switch e.Type {
	case noted:
	case held:
		var b body
		if err := json.Unmarshal(e.Payload, &b); err != nil {
			return state{}, fmt.Errorf("payload of %s: %w", e.Type, err)
		}
		next.HeldUntil = e.RecordedAt.Add(time.Duration(b.HoldMicros) * time.Microsecond)
	default:
		return state{}, fmt.Errorf("unknown event type %s of %s at version %d", e.Type, e.Stream, e.Version)
	}
	return next, nil
}
