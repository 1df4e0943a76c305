package eventstore_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/eventstore"
)

// tagOf returns the tag that a name of an order stands for, if it is one.
func tagOf(name string) (string, bool) { return strings.CutPrefix(name, "tag:") }

// splitWrite takes "stream/tag" apart.
func splitWrite(write string) (stream, tag string) {
	stream, tag, _ = strings.Cut(write, "/")
	return stream, tag
}

// subject is a stream or a tag.
type subject struct {
	name string
	tag  bool
}

// past is what the log was at each of its positions.
type past struct {
	events []eventstore.Event
	// states are those of a subject after each event that changed it.
	states map[subject][]stateAt
}

type stateAt struct {
	position eventstore.Position
	state    state
}

// retrace folds the log event by event, without the help of a writer, and
// requires of each that what its decision saw was so at its place.
func retrace(t testing.TB, log *eventstore.Log) past {
	t.Helper()
	p := past{events: readAll(t, log), states: map[subject][]stateAt{}}
	// The events of one command rest on the log before its first.
	var base eventstore.Position
	var id string
	for i, e := range p.events {
		require.Equal(t, eventstore.Position(i+1), e.Position)
		var b body
		require.NoError(t, json.Unmarshal(e.Payload, &b))
		if b.ID == "" || b.ID != id {
			base, id = e.Position-1, b.ID
		}
		for _, s := range b.Saw {
			was := p.at(subject{s.Name, s.Tag}, base)
			require.Equal(t, s, s.as(was), "event %d was decided on a state of %s that was not so at position %d", e.Position, s.Name, base)
			if e.Type == held && !s.Tag && s.Name == e.Stream {
				require.False(t, e.RecordedAt.Before(was.HeldUntil), "event %d at %s holds %s, which is held until %s", e.Position, e.RecordedAt, s.Name, was.HeldUntil)
			}
		}
		p.add(t, subject{e.Stream, false}, e)
		if e.Tag != "" {
			p.add(t, subject{e.Tag, true}, e)
		}
	}
	return p
}

// as returns the sight of another state under the same name.
func (s sight) as(was state) sight {
	s.Count, s.Digest = was.Count, was.Digest
	return s
}

func (p *past) add(t testing.TB, s subject, e eventstore.Event) {
	t.Helper()
	by := fold
	if s.tag {
		by = foldTag
	}
	next, err := by(p.at(s, e.Position), e)
	require.NoError(t, err)
	p.states[s] = append(p.states[s], stateAt{e.Position, next})
}

// at returns the state of a subject as of a position.
func (p *past) at(s subject, position eventstore.Position) state {
	for _, was := range slices.Backward(p.states[s]) {
		if was.position <= position {
			return was.state
		}
	}
	return state{}
}

// judge requires that every answer was right: what was accepted is in the log
// as the receipt says, once; what was refused was so at one moment between
// request and answer; and what has no certain answer is in the log wholly or
// not at all.
func (p *past) judge(t testing.TB, outcomes []outcome) {
	t.Helper()
	recorded := map[string][]eventstore.Event{}
	for _, e := range p.events {
		var b body
		require.NoError(t, json.Unmarshal(e.Payload, &b))
		recorded[b.ID] = append(recorded[b.ID], e)
	}
	for _, o := range outcomes {
		inLog := recorded[o.order.id]
		switch r, refused := o.refused(); {
		case refused:
			require.NoError(t, p.refusalHeld(o, r))
			require.Empty(t, inLog, "order %s was refused", o.order.id)
		case o.err == nil:
			require.Len(t, inLog, o.order.size(), "order %s was accepted", o.order.id)
			require.ElementsMatch(t, inLog, o.receipt.Events, "order %s was accepted", o.order.id)
		case errors.Is(o.err, eventstore.ErrUnavailable):
			require.Contains(t, []int{0, o.order.size()}, len(inLog), "order %s has an unknown outcome", o.order.id)
		case errors.Is(o.err, eventstore.ErrContention):
			require.Empty(t, inLog, "order %s was given up", o.order.id)
		default:
			require.NoError(t, o.err, "order %s", o.order.id)
		}
		if len(inLog) > 0 {
			require.Equal(t, inLog[0].Position+eventstore.Position(len(inLog)-1), inLog[len(inLog)-1].Position, "order %s in one piece", o.order.id)
		}
	}
}

// refusalHeld returns nil if all that the refusal rests on was so together at
// one position that was the head between request and answer.
func (p *past) refusalHeld(o outcome, r *refusal) error {
	if !r.heldUntil.IsZero() && !o.before.Now.Before(r.heldUntil) {
		return fmt.Errorf("order %s was sent at %s and refused for a hold that ended at %s", o.order.id, o.before.Now, r.heldUntil)
	}
	for position := o.before.Position; position <= o.after.Position; position++ {
		if p.allSo(r.saw, position) {
			return nil
		}
	}
	return fmt.Errorf("order %s was refused for %v, which was not so anywhere from position %d to %d",
		o.order.id, r.saw, o.before.Position, o.after.Position)
}

func (p *past) allSo(saw []sight, position eventstore.Position) bool {
	for _, s := range saw {
		if s.as(p.at(subject{s.Name, s.Tag}, position)) != s {
			return false
		}
	}
	return true
}
