package eventstore

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// appends decides to append events to streams that it calls fresh, without
// looking at their tags.
func appends(events ...NewEvent) func(*Tx[tally]) error {
	return func(tx *Tx[tally]) error {
		for _, e := range events {
			tx.Fresh(e.Stream)
		}
		tx.Append(events...)
		return nil
	}
}

// reads looks at a key and tells what it saw.
func reads(k key, saw *tally) func(*Tx[tally]) error {
	return func(tx *Tx[tally]) error {
		found, err := tx.read(k)
		*saw = found.state
		return err
	}
}

// join decides a command on the writer's memory and adds it to a group.
func join(w *Writer[tally], g *group[tally], p *pending[tally], now time.Time) {
	if p.decide(w.cache, now) == nil {
		g.add(p)
	}
}

func mustLook(t *testing.T, w *Writer[tally], k key) tally {
	t.Helper()
	found, ok := w.cache.look(k)
	require.True(t, ok)
	return found.state
}

func TestGroupIntersectsWindows(t *testing.T) {
	t.Parallel()
	w := deskWriter(t)
	for name, flips := range map[string]time.Duration{"past": -time.Minute, "earlier": -time.Hour, "soon": time.Minute, "later": time.Hour} {
		remember(t, w, streamKey(name), tally{events: 1, flips: noon.Add(flips)}, 1)
	}
	g := w.newGroup(noon)
	for _, name := range []string{"later", "past", "soon", "earlier"} {
		var saw tally
		join(w, g, command(t, reads(streamKey(name), &saw)), noon)
	}
	require.Equal(t, noon.Add(-time.Minute), g.from)
	require.Equal(t, noon.Add(time.Minute), g.until)
}

// A command is judged at a time that is not before its request, even in a group
// that was opened long ago.
func TestDecidingAgainDoesNotGoBackInTime(t *testing.T) {
	t.Parallel()
	w := deskWriter(t)
	remember(t, w, streamKey("s"), tally{}, 1)
	g := w.newGroup(noon)
	requested := noon.Add(time.Hour)
	p := command(t, func(tx *Tx[tally]) error { _, err := tx.Load("s"); return err })
	require.Nil(t, p.decide(w.cache, requested))
	w.cache.apply([]Event{{Position: 101, Stream: "s", Version: 2, Type: "counted"}})

	g.add(p)
	require.Len(t, g.members, 1)
	require.Equal(t, requested, p.tx.Now())
}

// A command may stand on a stream that a group in flight changes; it waits for a
// tag, whose past may be read with or without that group, and for its own key.
func TestCommandsOnTopOfWhatIsInFlight(t *testing.T) {
	t.Parallel()
	w := deskWriter(t)
	remember(t, w, streamKey("s"), tally{events: 1}, 1)
	remember(t, w, streamKey("other"), tally{events: 1}, 1)
	ahead := w.newGroup(noon)
	writer := command(t, func(tx *Tx[tally]) error { tx.Append(counted("s", "t")); return nil })
	writer.cmd.Key = Key{ID: [16]byte{1}}
	join(w, ahead, writer, noon)

	remember(t, w, tagKey("t"), tally{}, 0)
	open := w.newGroup(noon)
	open.ahead = []*group[tally]{ahead}
	var saw, sawStream tally
	readsStream := command(t, reads(streamKey("s"), &sawStream))
	readsTag := command(t, reads(tagKey("t"), &saw))
	repeats := command(t, reads(streamKey("other"), &saw))
	repeats.cmd.Key = Key{ID: [16]byte{1}}
	apart := command(t, reads(streamKey("other"), &saw))
	apart.cmd.Key = Key{ID: [16]byte{2}}
	again := command(t, reads(streamKey("other"), &saw))
	again.cmd.Key = Key{ID: [16]byte{2}}
	for _, p := range []*pending[tally]{readsStream, readsTag, repeats, apart, again} {
		join(w, open, p, noon)
	}
	require.Equal(t, []*pending[tally]{readsTag, repeats, again}, open.later)
	require.Len(t, open.members, 2)
	require.Equal(t, readsStream, open.members[0].pending)
	require.Equal(t, tally{events: 2}, sawStream, "as the group ahead will have left it")
	require.Equal(t, apart, open.members[1].pending)
	require.Equal(t, 5, open.size())
	require.Len(t, open.unsettled(), 5)
}

// A state that the group ahead has staged without knowing it is waited for.
func TestCommandsWaitForAnUnknownStateInFlight(t *testing.T) {
	t.Parallel()
	w := deskWriter(t)
	remember(t, w, streamKey("s"), tally{events: 1}, 1)
	ahead := w.newGroup(noon)
	writer := command(t, func(tx *Tx[tally]) error { tx.Append(counted("s", "")); return nil })
	require.Nil(t, writer.decide(w.cache, noon))
	reader := command(t, reads(streamKey("s"), new(tally)))
	require.Nil(t, reader.decide(w.cache, noon))
	w.cache.forget(streamKey("s"))
	ahead.admit(writer)

	open := w.newGroup(noon)
	open.ahead = []*group[tally]{ahead}
	open.add(reader)
	require.Equal(t, []*pending[tally]{reader}, open.later)
}

// So is a state that contains when its events were recorded.
func TestCommandsWaitForAStateThatRestsOnTime(t *testing.T) {
	t.Parallel()
	w := deskWriter(t)
	remember(t, w, streamKey("timed"), tally{events: 1}, 1)
	ahead := w.newGroup(noon)
	join(w, ahead, command(t, func(tx *Tx[tally]) error { tx.Append(counted("timed", "")); return nil }), noon)
	open := w.newGroup(noon)
	open.ahead = []*group[tally]{ahead}
	reader := command(t, reads(streamKey("timed"), new(tally)))
	join(w, open, reader, noon)
	require.Equal(t, []*pending[tally]{reader}, open.later)
}

// Versions go on over the groups in flight, and after the first has landed.
func TestVersionsGoOnOverGroupsInFlight(t *testing.T) {
	t.Parallel()
	w := deskWriter(t)
	remember(t, w, streamKey("s"), tally{events: 1}, 1)
	appendsS := func() *pending[tally] {
		return command(t, func(tx *Tx[tally]) error { tx.Append(counted("s", "")); return nil })
	}
	first, second, third := w.newGroup(noon), w.newGroup(noon), w.newGroup(noon)
	second.ahead = []*group[tally]{first}
	third.ahead = []*group[tally]{first, second}
	join(w, first, appendsS(), noon)
	join(w, second, appendsS(), noon)
	join(w, third, appendsS(), noon)
	require.Equal(t, Version(2), first.events[0].Version)
	require.Equal(t, Version(3), second.events[0].Version)
	require.Equal(t, Version(4), third.events[0].Version)

	first.place(100)
	w.cache.apply(first.events)
	second.ahead, third.ahead = nil, []*group[tally]{second}
	join(w, third, appendsS(), noon)
	require.Equal(t, Version(5), third.events[1].Version)
}

func TestSecondGroupGoesWhenItIsWorthIt(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		flying []int
		open   int
		goes   bool
	}{
		{flying: nil, open: 1, goes: true},
		{flying: []int{1}, open: 0, goes: false},
		{flying: []int{1}, open: 1, goes: true},
		{flying: []int{5}, open: 2, goes: false},
		{flying: []int{5}, open: 3, goes: true},
		{flying: []int{1000}, open: worthSending - 1, goes: false},
		{flying: []int{1000}, open: worthSending, goes: true},
		{flying: []int{5, 5}, open: 1000, goes: false},
	} {
		w := deskWriter(t)
		sized := func(n int) *group[tally] {
			g := w.newGroup(noon)
			g.members = make([]member[tally], n)
			return g
		}
		var flying []*flight[tally]
		for _, n := range test.flying {
			flying = append(flying, &flight[tally]{group: sized(n)})
		}
		require.Equal(t, test.goes, w.mayLaunch(flying, sized(test.open)), "%+v", test)
		w.company.found(1)
		require.Equal(t, len(flying) == 0, w.mayLaunch(flying, sized(test.open)), "in company, %+v", test)
	}
}

func TestGroupSendsBackWhatIsNotInMemory(t *testing.T) {
	t.Parallel()
	w := deskWriter(t)
	remember(t, w, streamKey("s"), tally{}, 1)
	p := command(t, func(tx *Tx[tally]) error { return tx.Prefetch("s", "u") })
	require.Equal(t, []key{streamKey("u")}, p.decide(w.cache, noon))

	var saw tally
	evicted := command(t, reads(streamKey("s"), &saw))
	require.Nil(t, evicted.decide(w.cache, noon))
	w.cache.clear()
	g := w.newGroup(noon)
	g.add(evicted)
	require.True(t, g.empty())
	require.Equal(t, []key{streamKey("s")}, (<-evicted.verdict).missing)
}

func TestGroupForgetsCommandsWhoseCallersHaveLeft(t *testing.T) {
	t.Parallel()
	w := deskWriter(t)
	p := command(t, appends(counted("s", "")))
	g := w.newGroup(noon)
	require.Nil(t, p.decide(w.cache, noon))
	p.ctx = closedContext(t)
	g.add(p)
	require.True(t, g.empty())
	require.Empty(t, g.events)
}

func TestRefusalsAppendNothing(t *testing.T) {
	t.Parallel()
	w := deskWriter(t)
	no := errors.New("no")
	p := command(t, func(tx *Tx[tally]) error { tx.Fresh("s"); tx.Append(counted("s", "")); return no })
	g := w.newGroup(noon)
	join(w, g, p, noon)
	require.Empty(t, g.events)
	require.Equal(t, no, g.members[0].refusal)
}

// A group takes no more than a statement should, in events and in bytes; the
// last command may go beyond.
func TestGroupIsBounded(t *testing.T) {
	t.Parallel()
	large := counted("s", "")
	large.Payload = []byte(`"` + strings.Repeat("x", 1<<20-2) + `"`)
	for name, test := range map[string]struct {
		one     []NewEvent
		members int
	}{
		"bytes":  {[]NewEvent{large, large, large}, 3},
		"events": {slices.Repeat([]NewEvent{counted("s", "")}, 1_500), 3},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := deskWriter(t)
			g := w.newGroup(noon)
			for range 5 {
				join(w, g, command(t, appends(test.one...)), noon)
			}
			require.True(t, g.full())
			require.Len(t, g.members, test.members)
			require.Len(t, g.later, 5-test.members)
		})
	}
}

// What a member has presumed is verified, even if a look-up has found events
// since, and another member writes behind them.
func TestWhatIsPresumedIsVerifiedThoughItIsWritten(t *testing.T) {
	t.Parallel()
	grow := func(tx *Tx[tally]) error {
		_, err := tx.Load("s")
		tx.Append(NewEvent{Stream: "s", Type: "counted", Payload: []byte(`{}`)})
		return err
	}
	var saw tally
	for name, test := range map[string]struct {
		lookedUp bool
		empty    []key
	}{
		"found":    {true, []key{streamKey("s")}},
		"presumed": {false, nil},
	} {
		w := deskWriter(t)
		w.cache.presumption = newPresumption(0)
		g := w.newGroup(noon)
		join(w, g, command(t, reads(streamKey("s"), &saw)), noon)
		if test.lookedUp {
			remember(t, w, streamKey("s"), tally{events: 2}, 2)
		}
		join(w, g, command(t, grow), noon)
		require.Len(t, g.members, 2, name)
		p := g.proposal(end{position: 100})
		require.Equal(t, test.empty, p.empty, name)
		require.Equal(t, !test.lookedUp, p.begins, name)
	}
}

// stamped is a state that keeps when its latest event was recorded.
type stamped struct {
	events int
	at     time.Time
}

// Window implements State: no time decides.
func (stamped) Window(time.Time) (from, until time.Time) { return time.Time{}, time.Time{} }

// A command that was decided on a group ahead, whose time is an estimate, and
// therefore waits, is decided again when that group has landed.
func TestWhoWaitsForATimeIsDecidedAgainOnIt(t *testing.T) {
	t.Parallel()
	m := Model[stamped]{
		Fold:     func(prev stamped, e Event) (stamped, error) { return stamped{prev.events + 1, e.RecordedAt}, nil },
		Timeless: func(stream string) bool { return stream != "timed" },
	}
	memory, err := newCache(100, m)
	require.NoError(t, err)
	w := &Writer[stamped]{cache: memory, model: m}
	for _, name := range []string{"timed", "switch"} {
		_, _ = w.cache.begin([]key{streamKey(name)})
		w.cache.finish(streamKey(name), entry[stamped]{snapshot: snapshot[stamped]{state: stamped{1, noon}, revision: 1}, asOf: 100}, nil)
	}
	decided := func(decide func(*Tx[stamped]) error) *pending[stamped] {
		p := &pending[stamped]{ctx: t.Context(), cmd: &Command[stamped]{Decide: decide}, verdict: make(chan verdict, 1)}
		require.Nil(t, p.decide(w.cache, noon))
		return p
	}
	ahead := w.newGroup(noon)
	ahead.add(decided(func(tx *Tx[stamped]) error {
		_, err := tx.Load("timed")
		_, other := tx.Load("switch")
		tx.Append(
			NewEvent{Stream: "timed", Type: "counted", Payload: []byte(`{}`)},
			NewEvent{Stream: "switch", Type: "counted", Payload: []byte(`{}`)})
		return errors.Join(err, other)
	}))
	ahead.place(100)
	var saw time.Time
	// On the writer's memory it does not look at the time; on the group ahead it does.
	waiting := decided(func(tx *Tx[stamped]) error {
		if s, err := tx.Load("switch"); err != nil || s.events < 2 {
			return err
		}
		timed, err := tx.Load("timed")
		saw = timed.at
		return err
	})
	open := w.newGroup(noon)
	open.ahead = []*group[stamped]{ahead}
	open.add(waiting)
	require.Equal(t, []*pending[stamped]{waiting}, open.later)

	recorded := noon.Add(300 * time.Millisecond)
	for i := range ahead.events {
		ahead.events[i].RecordedAt = recorded
	}
	w.cache.apply(ahead.events)
	open.ahead, open.later = nil, nil
	open.add(waiting)
	require.Len(t, open.members, 1)
	require.Equal(t, recorded, saw)
}
