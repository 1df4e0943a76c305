package eventstore

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestGroupShowsItsOwnEvents(t *testing.T) {
	t.Parallel()
	w := deskWriter(t)
	remember(t, w, streamKey("s"), tally{events: 3}, 3)
	g := w.newGroup(noon)
	adds := func(tx *Tx[tally]) error { tx.Append(counted("s", ""), counted("s", "")); return nil }
	join(w, g, command(t, adds), noon)
	var saw tally
	p := command(t, reads(streamKey("s"), &saw))
	join(w, g, p, noon)
	join(w, g, command(t, adds), noon)

	require.Equal(t, tally{events: 5}, saw)
	require.Equal(t, g, p.within)
	require.Len(t, g.members, 3)
	for i, e := range g.events {
		require.Equal(t, Version(4+i), e.Version)
	}
	require.Equal(t, tally{events: 3}, mustLook(t, w, streamKey("s")), "memory holds what is recorded")
}

// The group puts an event under a tag that nobody has read. When somebody does
// while the group is open, what he sees is the tag's past and the group's event.
func TestTagReadAfterTheGroupHasStagedItUnread(t *testing.T) {
	t.Parallel()
	w := deskWriter(t)
	g := w.newGroup(noon)
	join(w, g, command(t, appends(counted("s", "t"))), noon)
	remember(t, w, tagKey("t"), tally{events: 7}, 70)

	var saw tally
	join(w, g, command(t, reads(tagKey("t"), &saw)), noon)
	require.Len(t, g.members, 2)
	require.Equal(t, tally{events: 8}, saw)
}

// The same with the tag's past growing by the group in flight, which had staged
// the tag too.
func TestTagThatTheGroupAheadHasChangedAsWell(t *testing.T) {
	t.Parallel()
	w := deskWriter(t)
	remember(t, w, tagKey("t"), tally{events: 7}, 70)
	ahead := w.newGroup(noon)
	join(w, ahead, command(t, appends(counted("a", "t"))), noon)
	ahead.place(100)

	open := w.newGroup(noon)
	open.ahead = []*group[tally]{ahead}
	join(w, open, command(t, appends(counted("b", "t"))), noon)
	var saw tally
	reader := command(t, reads(tagKey("t"), &saw))
	join(w, open, reader, noon)
	require.Equal(t, []*pending[tally]{reader}, open.later, "it waits for what is in flight")

	w.cache.apply(ahead.events)
	open.ahead, open.later = nil, nil
	open.add(reader)
	require.Len(t, open.members, 2)
	require.Equal(t, tally{events: 9}, saw)
}

// A decision on a tag within the group must not stand once the tag's past has
// changed beneath the group.
func TestTagDecisionWithinTheGroupFallsWithItsGround(t *testing.T) {
	t.Parallel()
	w := deskWriter(t)
	remember(t, w, tagKey("t"), tally{events: 7}, 70)
	open := w.newGroup(noon)
	join(w, open, command(t, appends(counted("b", "t"))), noon)
	var saw tally
	reader := command(t, reads(tagKey("t"), &saw))
	join(w, open, reader, noon)
	require.Equal(t, tally{events: 8}, saw)
	require.True(t, reader.tx.stands(open, noon))

	w.cache.apply([]Event{{Position: 101, Stream: "a", Version: 1, Type: "counted", Tag: "t"}})
	require.False(t, reader.tx.stands(open, noon))
}

// States of tags have a span of time too, also those that the group has changed.
func TestGroupNarrowsToTheWindowOfAStagedTag(t *testing.T) {
	t.Parallel()
	w := deskWriter(t)
	flips := noon.Add(time.Second)
	remember(t, w, tagKey("t"), tally{flips: flips}, 70)
	g := w.newGroup(noon)
	join(w, g, command(t, appends(counted("s", "t"))), noon)
	require.Zero(t, g.until)

	var saw tally
	join(w, g, command(t, reads(tagKey("t"), &saw)), noon)
	require.Equal(t, 1, saw.events)
	require.Equal(t, flips, g.until)
}

// What cannot be folded is not to be decided on, however often one looks.
func TestStagedEventThatCannotBeFolded(t *testing.T) {
	t.Parallel()
	w := deskWriter(t)
	remember(t, w, streamKey("s"), tally{}, 1)
	g := w.newGroup(noon)
	strange := counted("s", "")
	strange.Type = "strange"
	join(w, g, command(t, func(tx *Tx[tally]) error { tx.Append(counted("s", ""), strange); return nil }), noon)
	for range 2 {
		_, ok := g.look(streamKey("s"))
		require.False(t, ok)
	}
}

// Memory is bounded, so what a decision stands on may be forgotten before its
// events are staged.
func TestStreamForgottenBeforeItIsStaged(t *testing.T) {
	t.Parallel()
	w := deskWriter(t)
	s := streamKey("s")
	remember(t, w, s, tally{events: 3}, 3)
	p := command(t, func(tx *Tx[tally]) error { tx.Append(counted("s", ""), counted("s", "")); return nil })
	require.Nil(t, p.decide(w.cache, noon))
	w.cache.forget(s)
	g := w.newGroup(noon)
	g.admit(p)
	require.Equal(t, []Version{4, 5}, []Version{g.events[0].Version, g.events[1].Version})
	_, known := g.look(s)
	require.False(t, known, "it has to be looked up")

	remember(t, w, s, tally{events: 3}, 3)
	var saw tally
	join(w, g, command(t, reads(s, &saw)), noon)
	require.Equal(t, tally{events: 5}, saw)
	require.Len(t, g.members, 2)
}
