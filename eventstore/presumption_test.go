package eventstore

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAKindIsTrustedAfterARunAndUntilItIsWrong(t *testing.T) {
	t.Parallel()
	p := newPresumption(3)
	for i := range 3 {
		require.False(t, p.allows(streamKey("seat-7")), "after %d look-ups", i)
		p.found(streamKey(fmt.Sprintf("seat-%d", i)), true)
	}
	require.True(t, p.allows(streamKey("seat-7")))
	require.False(t, p.allows(tagKey("seat-7")), "a tag is of another kind")
	require.False(t, p.allows(streamKey("seats-7")))
	require.False(t, p.allows(streamKey("seat-\x00")), "no event can have this name")

	p.found(streamKey("seat-9"), false)
	require.False(t, p.allows(streamKey("seat-7")))
	for range 3 {
		p.found(streamKey("seat-9"), true)
	}
	require.True(t, p.allows(streamKey("seat-7")))
	p.wrong([]key{streamKey("seat-8"), tagKey("seat-8")})
	for range 3 {
		p.found(streamKey("seat-9"), true)
		require.False(t, p.allows(streamKey("seat-7")))
	}
	p.found(streamKey("seat-9"), true)
	require.True(t, p.allows(streamKey("seat-7")))
}

func TestKindsAreBounded(t *testing.T) {
	t.Parallel()
	p := newPresumption(1)
	for i := range 3 * maxKinds {
		p.found(streamKey(fmt.Sprint(i)), true)
		require.LessOrEqual(t, len(p.runs), maxKinds)
	}
}

// presuming is a writer without a database that presumes everything.
func presuming(t *testing.T) *Writer[tally] {
	t.Helper()
	w := deskWriter(t)
	w.PresumeAfter(0)
	return w
}

// What is presumed is read as empty, and verified once however many rely on it.
func TestAGroupNotesWhatItPresumes(t *testing.T) {
	t.Parallel()
	w := presuming(t)
	remember(t, w, streamKey("known"), tally{events: 2}, 2)
	g := w.newGroup(noon)
	for _, k := range []key{streamKey("new"), tagKey("new"), streamKey("new"), streamKey("known")} {
		var saw tally
		p := command(t, reads(k, &saw))
		join(w, g, p, noon)
		require.Len(t, g.members, 1)
		g.members = nil
		require.Equal(t, k.name == "known", saw.events == 2)
	}
	require.Equal(t, []key{streamKey("new"), tagKey("new")}, g.presumed)
	require.Equal(t, g.presumed, g.proposal(end{}).empty)
}

// A tag that the group has written is not empty, although the log may say so.
func TestAGroupDoesNotPresumeWhatItHasWritten(t *testing.T) {
	t.Parallel()
	w := presuming(t)
	g := w.newGroup(noon)
	join(w, g, command(t, appends(counted("s", "t"))), noon)

	var saw tally
	before := command(t, reads(tagKey("t"), &saw))
	require.Nil(t, before.decide(w.cache, noon), "the writer's memory does not know of the group")
	require.Len(t, before.tx.presumed(), 1)
	g.add(before)
	require.True(t, before.settled)
	require.Equal(t, []key{tagKey("t")}, (<-before.verdict).missing)
	require.Len(t, g.members, 1)

	// A stream is known from its first event on.
	stream := command(t, reads(streamKey("s"), &saw))
	require.Nil(t, stream.decide(w.cache, noon))
	g.add(stream)
	require.Equal(t, tally{events: 1}, saw)
	require.Empty(t, g.presumed)
}

// The first event of a stream is verified by the unique index, so that only what
// is read and what is a tag has to be looked for.
func TestAProposalNamesWhatItDoesNotBegin(t *testing.T) {
	t.Parallel()
	w := presuming(t)
	g := w.newGroup(noon)
	join(w, g, command(t, func(tx *Tx[tally]) error {
		for _, k := range []key{streamKey("written"), streamKey("read"), tagKey("t")} {
			if _, err := tx.read(k); err != nil {
				return err
			}
		}
		tx.Append(counted("written", "t"))
		return nil
	}), noon)
	p := g.proposal(end{})
	require.Equal(t, []key{streamKey("read"), tagKey("t")}, p.empty)
	require.True(t, p.begins)

	g = w.newGroup(noon)
	join(w, g, command(t, appends(counted("fresh", ""))), noon)
	require.False(t, g.proposal(end{}).begins, "an id that was minted twice is no wrong presumption")
}

// What was presumed when the command came may be known when its turn comes.
func TestAPresumptionStandsUntilTheKeyIsKnown(t *testing.T) {
	t.Parallel()
	for _, events := range []int{0, 1} {
		w := presuming(t)
		g := w.newGroup(noon)
		var saw tally
		p := command(t, reads(streamKey("s"), &saw))
		require.Nil(t, p.decide(w.cache, noon))
		remember(t, w, streamKey("s"), tally{events: events}, int64(events))
		require.Equal(t, events == 0, p.tx.stands(g, noon))
		g.add(p)
		require.Equal(t, events, saw.events)
	}
	w := presuming(t)
	p := command(t, reads(streamKey("s"), new(tally)))
	require.Nil(t, p.decide(w.cache, noon))
	w.cache.disproved([]key{streamKey("s")})
	require.False(t, p.tx.stands(w.cache, noon), "the kind is not trusted any more")
}

// After a wrong presumption those who presumed are sent to look, the others are
// not.
func TestAWrongPresumptionSendsToLook(t *testing.T) {
	t.Parallel()
	w := presuming(t)
	g := w.newGroup(noon)
	presumes := command(t, reads(streamKey("s"), new(tally)))
	relies := command(t, appends(counted("fresh", "")))
	join(w, g, presumes, noon)
	join(w, g, relies, noon)
	require.Equal(t, []*pending[tally]{relies}, w.retry(outcomeNotEmpty, g))
	require.Equal(t, []key{streamKey("s")}, (<-presumes.verdict).missing)
	require.False(t, w.cache.presumes(streamKey("s")))
}

func TestTheCacheLearnsWhatIsVerified(t *testing.T) {
	t.Parallel()
	w := presuming(t)
	remember(t, w, streamKey("known"), tally{events: 3}, 3)
	loading, _ := w.cache.begin([]key{streamKey("loading")})
	w.cache.verified([]key{streamKey("known"), streamKey("loading"), tagKey("new")}, 100)
	w.cache.apply([]Event{{Position: 101, Stream: "s", Version: 1, Type: "counted", Tag: "new"}})

	require.Equal(t, 3, mustLook(t, w, streamKey("known")).events)
	require.Equal(t, 1, mustLook(t, w, tagKey("new")).events)
	_, ok := w.cache.look(loading[0])
	require.False(t, ok, "whoever looks it up will tell")
}
