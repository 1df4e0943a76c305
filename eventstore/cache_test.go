package eventstore

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"
)

// desk is a memory for up to limit states.
func desk(t *testing.T, limit int) *cache[tally] {
	t.Helper()
	c, err := newCache(limit, Model[tally]{Fold: tallying, FoldTag: func(prev tally, _ Event) (tally, error) {
		prev.events += 100
		return prev, nil
	}})
	require.NoError(t, err)
	return c
}

// found is what a look-up brings at a position of the log.
func found(events int, revision int64, asOf Position) entry[tally] {
	return entry[tally]{snapshot: snapshot[tally]{state: tally{events: events}, revision: revision}, asOf: asOf}
}

func recordedEvent(position Position, stream string, version Version, tag string) Event {
	return Event{Position: position, Stream: stream, Version: version, Tag: tag, Type: "counted"}
}

func requireKnown(t *testing.T, c *cache[tally], k key, events int, revision int64) {
	t.Helper()
	got, ok := c.look(k)
	require.True(t, ok, "%v is not known", k)
	require.Equal(t, events, got.state.events)
	require.Equal(t, revision, got.revision)
}

func TestCacheNeedsAMemory(t *testing.T) {
	t.Parallel()
	_, err := newCache(-1, Model[tally]{Fold: tallying})
	require.Error(t, err)
}

func TestCacheFollowsTheLog(t *testing.T) {
	t.Parallel()
	c := desk(t, 10)
	s, u, tag := streamKey("s"), streamKey("u"), tagKey("t")
	mine, pending := c.begin([]key{s, tag, s})
	require.Equal(t, []key{s, tag}, mine)
	require.Len(t, pending, 3)
	c.finish(s, found(2, 2, 10), nil)
	c.finish(tag, found(1, 7, 10), nil)
	c.apply([]Event{
		recordedEvent(9, "s", 2, "t"), // before the look-up, so it is in already
		recordedEvent(11, "s", 3, "t"),
		recordedEvent(12, "u", 2, "t"),  // u is not known, and this is not all of it
		recordedEvent(13, "v", 1, ""),   // a first event is all of a stream
		recordedEvent(14, "v", 2, "t2"), // but never all of a tag
	})
	requireKnown(t, c, s, 3, 3)
	requireKnown(t, c, tag, 201, 12)
	requireKnown(t, c, streamKey("v"), 2, 2)
	_, ok := c.look(u)
	require.False(t, ok)
	_, ok = c.look(tagKey("t2"))
	require.False(t, ok)
	mine, pending = c.begin([]key{s, tag})
	require.Empty(t, mine)
	require.Empty(t, pending)
}

// Events that are recorded while a look-up is under way count once, whether the
// look-up has seen them or not.
func TestCacheIsToldOfEventsDuringALookUp(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		found entry[tally]
	}{
		"which has seen none": {found(0, 0, 10)},
		"which has seen one":  {found(1, 1, 11)},
		"which has seen both": {found(2, 2, 12)},
		"which has seen more": {found(2, 2, 17)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := desk(t, 10)
			c.begin([]key{streamKey("s")})
			c.apply([]Event{recordedEvent(11, "s", 1, ""), recordedEvent(12, "s", 2, "")})
			_, ok := c.look(streamKey("s"))
			require.False(t, ok, "not known before the look-up ends")
			c.finish(streamKey("s"), test.found, nil)
			requireKnown(t, c, streamKey("s"), 2, 2)
		})
	}
}

// A look-up that began before everything was forgotten may have missed events.
func TestCacheDropsLookUpsFromBeforeItWasCleared(t *testing.T) {
	t.Parallel()
	c := desk(t, 10)
	k := streamKey("s")
	_, early := c.begin([]key{k})
	c.clear()
	c.finish(k, found(2, 2, 10), nil)
	<-early[0].done
	require.NoError(t, early[0].err)
	_, ok := c.look(k)
	require.False(t, ok)

	mine, _ := c.begin([]key{k})
	require.Equal(t, []key{k}, mine, "whoever waits looks again")
	c.finish(k, found(3, 3, 11), nil)
	requireKnown(t, c, k, 3, 3)
}

func TestCacheTellsWhoeverWaitsOfAFailedLookUp(t *testing.T) {
	t.Parallel()
	c := desk(t, 10)
	k := streamKey("s")
	_, first := c.begin([]key{k})
	mine, second := c.begin([]key{k})
	require.Empty(t, mine, "one look-up serves both")
	failure := errors.New("no database")
	c.apply([]Event{recordedEvent(11, "s", 4, "")})
	c.finish(k, entry[tally]{}, failure)
	for _, pending := range [][]*load{first, second} {
		<-pending[0].done
		require.Equal(t, failure, pending[0].err)
	}
	mine, _ = c.begin([]key{k})
	require.Equal(t, []key{k}, mine)
}

func TestCacheForgets(t *testing.T) {
	t.Parallel()
	c := desk(t, 2)
	for i, name := range []string{"a", "b", "c"} {
		c.apply([]Event{recordedEvent(Position(i+1), name, 1, "")})
		c.look(streamKey("a"))
	}
	requireKnown(t, c, streamKey("a"), 1, 1)
	requireKnown(t, c, streamKey("c"), 1, 1)
	_, ok := c.look(streamKey("b"))
	require.False(t, ok, "the one that was not looked at is gone")

	c.forget(streamKey("a"))
	_, ok = c.look(streamKey("a"))
	require.False(t, ok)
}

// An event that cannot be folded leaves no state to decide on.
func TestCacheDoesNotKeepWhatCannotBeFolded(t *testing.T) {
	t.Parallel()
	c := desk(t, 10)
	c.apply([]Event{recordedEvent(1, "s", 1, "")})
	strange := recordedEvent(2, "s", 2, "")
	strange.Type = "strange"
	c.apply([]Event{strange})
	_, ok := c.look(streamKey("s"))
	require.False(t, ok)
}

// The same revision may stand for something else once memory was cleared.
func TestDecisionsDoNotOutliveWhatTheyRestOn(t *testing.T) {
	t.Parallel()
	w := deskWriter(t)
	remember(t, w, streamKey("s"), tally{events: 2}, 2)
	var saw tally
	p := command(t, reads(streamKey("s"), &saw))
	require.Nil(t, p.decide(w.cache, noon))
	require.True(t, p.tx.stands(w.cache, noon))
	w.cache.clear()
	remember(t, w, streamKey("s"), tally{events: 5}, 2)
	require.False(t, p.tx.stands(w.cache, noon))
}
