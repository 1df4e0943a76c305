package command

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/domain"
	"github.com/holdfast-dev/holdfast/eventstore"
)

// memory is a log in memory with a clock that the test moves. It decides every
// command as the real one does, and is stricter: a decision that reads what it
// was not promised, or that answers differently when it is run again, fails
// the test.
type memory struct {
	t      require.TestingT
	now    time.Time
	model  eventstore.Model[domain.State]
	events []eventstore.Event
	// streams and tags are the states that the events add up to.
	streams, tags map[string]domain.State
	versions      map[string]eventstore.Version
	keys          map[[16]byte]recorded
	// lookups is how many times the latest command had to fetch states.
	lookups int
	// last is the latest command.
	last eventstore.Command[domain.State]
	// broken makes every command fail, when it is set.
	broken error
}

type recorded struct {
	fingerprint [16]byte
	events      []eventstore.Event
}

func newMemory(t require.TestingT, now time.Time) *memory {
	return &memory{
		t: t, now: now, model: Model(),
		streams: map[string]domain.State{}, tags: map[string]domain.State{},
		versions: map[string]eventstore.Version{}, keys: map[[16]byte]recorded{},
	}
}

var errMissing = errors.New("state not fetched")

func (m *memory) execute(
	_ context.Context, cmd eventstore.Command[domain.State], decide decision,
) (eventstore.Receipt, error) {
	m.last = cmd
	if m.broken != nil {
		return eventstore.Receipt{}, m.broken
	}
	if before, ok := m.keys[cmd.Key.ID]; ok && cmd.Key.ID != [16]byte{} {
		if before.fingerprint != cmd.Key.Fingerprint {
			return eventstore.Receipt{}, eventstore.ErrKeyReused
		}
		return eventstore.Receipt{Events: before.events, Replayed: true}, nil
	}
	fetched := map[string]bool{}
	for _, name := range append(append([]string(nil), cmd.Streams...), cmd.Tags...) {
		fetched[name] = true
	}
	tx, err := m.decide(decide, fetched)
	for m.lookups = 1; len(tx.missing) > 0; m.lookups++ {
		require.ErrorIs(m.t, err, errMissing, "a decision returns the error of Load")
		for _, name := range tx.missing {
			fetched[name] = true
		}
		tx, err = m.decide(decide, fetched)
	}
	again, errAgain := m.decide(decide, fetched)
	require.Equal(m.t, tx.appended, again.appended, "a decision is pure")
	require.Equal(m.t, err, errAgain, "a decision is pure")
	if err != nil {
		return eventstore.Receipt{}, err
	}
	events := m.append(tx.appended)
	m.keys[cmd.Key.ID] = recorded{fingerprint: cmd.Key.Fingerprint, events: asRead(events)}
	return eventstore.Receipt{Events: events}, nil
}

func (m *memory) decide(decide decision, fetched map[string]bool) (*memoryTx, error) {
	tx := &memoryTx{memory: m, fetched: fetched, known: map[string]bool{}}
	return tx, decide(tx)
}

// append records facts at the present time.
func (m *memory) append(facts []eventstore.NewEvent) []eventstore.Event {
	first := len(m.events)
	for _, fact := range facts {
		m.versions[fact.Stream]++
		e := eventstore.Event{
			Position: eventstore.Position(len(m.events) + 1), Stream: fact.Stream, Version: m.versions[fact.Stream],
			Type: fact.Type, Tag: fact.Tag, Payload: fact.Payload, Fact: fact.Fact, RecordedAt: m.now,
		}
		m.events = append(m.events, e)
		m.streams[e.Stream] = m.fold(m.model.Fold, m.streams[e.Stream], e)
		if e.Tag != "" {
			m.tags[e.Tag] = m.fold(m.model.FoldTag, m.tags[e.Tag], e)
		}
		if m.model.LatestIsState(e.Stream) {
			require.Equal(m.t, m.streams[e.Stream], m.fold(m.model.Fold, nil, e), "the latest event is the state of %s", e.Stream)
		}
	}
	return m.events[first:len(m.events):len(m.events)]
}

func (m *memory) fold(
	fold func(domain.State, eventstore.Event) (domain.State, error), prev domain.State, e eventstore.Event,
) domain.State {
	next, err := fold(prev, e)
	require.NoError(m.t, err)
	e.Fact = nil
	read, err := fold(prev, e)
	require.NoError(m.t, err)
	require.Equal(m.t, read, next, "whoever reads the event from the log comes to the same state")
	return next
}

// asRead are events as they are read from the log.
func asRead(events []eventstore.Event) []eventstore.Event {
	read := slices.Clone(events)
	for i := range read {
		read[i].Fact = nil
	}
	return read
}

// memoryTx is one run of a decision.
type memoryTx struct {
	*memory
	fetched  map[string]bool // may be read without another look-up
	known    map[string]bool // was read or is fresh, so may be appended to
	missing  []string
	appended []eventstore.NewEvent
}

func (tx *memoryTx) Now() time.Time { return tx.now }

func (tx *memoryTx) Before(t time.Time) bool { return tx.now.Before(t) }

func (tx *memoryTx) Load(stream string) (domain.State, error) {
	return tx.read(stream, tx.streams[stream])
}

func (tx *memoryTx) LoadTag(tag string) (domain.State, error) { return tx.read(tag, tx.tags[tag]) }

func (tx *memoryTx) read(name string, state domain.State) (domain.State, error) {
	if err := tx.Prefetch(name); err != nil {
		return nil, err
	}
	tx.known[name] = true
	if state != nil {
		from, until := state.Window(tx.now)
		within := !tx.now.Before(from) && (until.IsZero() || tx.now.Before(until))
		require.True(tx.t, within, "the window of %s is around the present", name)
	}
	return state, nil
}

func (tx *memoryTx) Prefetch(streams ...string) error {
	for _, name := range streams {
		if !tx.fetched[name] {
			tx.missing = append(tx.missing, name)
		}
	}
	if len(tx.missing) > 0 {
		return fmt.Errorf("%w: %v", errMissing, tx.missing)
	}
	return nil
}

func (tx *memoryTx) Fresh(stream string) {
	require.Zero(tx.t, tx.versions[stream], "%s is not fresh", stream)
	tx.known[stream] = true
}

func (tx *memoryTx) Append(events ...eventstore.NewEvent) {
	for _, e := range events {
		require.True(tx.t, tx.known[e.Stream], "%s was not read before it is appended to", e.Stream)
	}
	tx.appended = append(tx.appended, events...)
}
