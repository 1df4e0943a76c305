package eventstore

import (
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// What a group relies on is what was read of the writer's memory, by whoever was
// refused too, and the tags that it writes: not what is presumed, nor what
// nobody but the group has made.
func TestWhatAGroupReliesOn(t *testing.T) {
	t.Parallel()
	w := deskWriter(t)
	w.cache.presumption = newPresumption(0)
	for _, name := range []string{"a", "b"} {
		remember(t, w, streamKey(name), tally{events: 1}, 1)
	}
	remember(t, w, tagKey("a"), tally{}, 0)
	g := w.newGroup(noon)
	var saw tally
	join(w, g, command(t, reads(streamKey("b"), &saw)), noon)
	join(w, g, command(t, reads(tagKey("a"), &saw)), noon)
	join(w, g, command(t, reads(streamKey("presumed"), &saw)), noon)
	join(w, g, command(t, appends(NewEvent{Stream: "fresh", Type: "counted", Tag: "unread", Payload: []byte(`{}`)})), noon)
	join(w, g, command(t, func(tx *Tx[tally]) error { _, err := tx.Load("a"); return firstError(err, io.EOF) }), noon)
	join(w, g, command(t, func(tx *Tx[tally]) error {
		_, err := tx.LoadTag("presumed")
		tx.Fresh("tagged")
		tx.Append(NewEvent{Stream: "tagged", Type: "counted", Tag: "presumed", Payload: []byte(`{}`)})
		return err
	}), noon)
	require.Len(t, g.members, 6)

	p := g.placedProposal(end{position: 7, at: noon})
	require.True(t, p.placed)
	require.ElementsMatch(t, []key{streamKey("a"), tagKey("a"), streamKey("b"), tagKey("unread")}, p.reads)
	require.Equal(t, []key{streamKey("presumed"), tagKey("presumed")}, p.empty)
}

// placedFlight is a group with one append to the stream "s" that has been placed
// behind the event 3, where 1 was known.
func placedFlight(t *testing.T, w *Writer[tally], before *exchange) (f *flight[tally], p *pending[tally]) {
	t.Helper()
	w.log = &Log{signal: newSignal(1)}
	w.opts = w.opts.withDefaults()
	w.head = end{position: 1, at: noon}
	p = command(t, appends(NewEvent{Stream: "s", Type: "counted", Payload: []byte(`{}`)}))
	g := w.newGroup(noon)
	join(w, g, p, noon)
	f = &flight[tally]{group: g, proposal: g.placedProposal(w.head), before: before}
	f.exchange = &exchange{at: noon.Add(time.Minute), head: 3}
	return f, p
}

func TestAPlacedGroupIsSettledBehindWhatOthersDid(t *testing.T) {
	t.Parallel()
	w := deskWriter(t)
	remember(t, w, streamKey("others"), tally{events: 1}, 1)
	f, p := placedFlight(t, w, &exchange{events: []Event{
		{Position: 2, Stream: "others", Version: 2, Type: "counted", RecordedAt: noon},
		{Position: 3, Stream: "more", Version: 1, Type: "counted", RecordedAt: noon},
	}})
	w.settleBehind(f, f.exchange.at, w.newGroup(noon))

	v := <-p.verdict
	require.NoError(t, v.err)
	require.EqualValues(t, 4, v.receipt.Events[0].Position)
	require.Equal(t, end{position: 4, at: f.exchange.at}, w.head)
	require.True(t, w.company.present())
	remember(t, w, streamKey("cold"), tally{}, 0)
	require.Zero(t, w.cache.generation, "memory is kept")
}

// The verdict has come, but not all of what others had appended before. The
// command is answered; what the writer remembers is worth nothing.
func TestAPlacedGroupWhoseConnectionBreaksAfterTheVerdict(t *testing.T) {
	t.Parallel()
	for name, before := range map[string]*exchange{
		"nothing came":     {err: io.ErrUnexpectedEOF},
		"a part came":      {err: io.ErrUnexpectedEOF, events: []Event{{Position: 2, Stream: "others", Version: 2, Type: "counted"}}},
		"there is a hole":  {events: []Event{{Position: 3, Stream: "others", Version: 2, Type: "counted"}}},
		"it was too early": {events: []Event{{Position: 1, Stream: "s", Version: 1}, {Position: 2, Stream: "others", Version: 2, Type: "counted"}}},
	} {
		w := deskWriter(t)
		remember(t, w, streamKey("others"), tally{events: 1}, 1)
		f, p := placedFlight(t, w, before)
		w.settleBehind(f, f.exchange.at, w.newGroup(noon))

		v := <-p.verdict
		require.NoError(t, v.err, name)
		require.EqualValues(t, 4, v.receipt.Events[0].Position, name)
		_, known := w.cache.look(streamKey("others"))
		require.False(t, known, name)
		require.Equal(t, end{position: 4, at: f.exchange.at}, w.head, name)
	}
}

// What others have appended meanwhile may be why a stream has events. That is no
// reason to presume less.
func TestWhatMayComeFromOthersIsLookedAtUnderTheLock(t *testing.T) {
	t.Parallel()
	for o, want := range map[outcome]outcome{
		outcomeMoved: outcomeMoved, outcomeNotEmpty: outcomeMoved, outcomeRepeated: outcomeRepeated, outcomeUntimely: outcomeUntimely,
	} {
		w := deskWriter(t)
		w.company.found(1)
		require.Equal(t, want, w.notPlaced(o), o)
		require.Equal(t, want == outcomeMoved, w.company.disputed(), o)
	}
}

// The more often groups cannot be placed, the longer nobody tries.
func TestDisputesAreRemembered(t *testing.T) {
	t.Parallel()
	var c company
	c.found(1)
	rounds := func() (n int) {
		for c.disputed() {
			c.wrote()
			n++
		}
		return n
	}
	require.Zero(t, rounds())
	for _, want := range []int{2, 4, 8, 16, 32, mostRounds, mostRounds, mostRounds} {
		c.placed(false)
		require.Equal(t, want, rounds())
	}
	c.placed(true)
	require.Zero(t, rounds())
	c.placed(false)
	require.Equal(t, 2, rounds())
}
