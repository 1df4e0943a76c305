package eventstore

import (
	"errors"
	"slices"
	"time"
)

// errMissing makes a decision stop because a state it reads is not in memory.
// It never leaves the package: the state is fetched and the decision run again.
var errMissing = errors.New("state not in memory")

// key names what a state is made of: the events of a stream or those of a tag.
type key struct {
	name string
	tag  bool
}

// keys returns the keys that the event changes the state of.
func (e Event) keys() (stream, tag key) {
	return key{name: e.Stream}, key{name: e.Tag, tag: true}
}

// snapshot is the state of a key and how far it has come: the version of a
// stream, the position of the latest event of a tag (made up, below 0, for a
// tag that a group has staged); 0 if there is no event.
type snapshot[S State] struct {
	state    S
	revision int64
	// generation is that of the memory that the state comes from. Revisions of
	// different generations may be of different pasts.
	generation int
}

// view is where a decision reads states: the writer's memory, or that memory
// with the commands of the same group before it.
type view[S State] interface {
	look(k key) (snapshot[S], bool)
	// presumes reports whether a key that look does not know may be taken to
	// have no event, to be verified with the append.
	presumes(k key) bool
}

// Tx is a command's view of the log while it decides. It is used by one
// decision at a time and is worthless after it.
type Tx[S State] struct {
	view view[S]
	now  time.Time

	reads   []read
	missing []key
	events  []NewEvent
	fresh   []string
	// The span of time in which the decision is right; zero bounds are open.
	from, until time.Time
}

// read is what a decision has relied on.
type read struct {
	key        key
	revision   int64
	generation int
	// presumed reports that it was not looked up and was taken to be empty.
	presumed bool
}

func newTx[S State](v view[S], now time.Time) *Tx[S] {
	return &Tx[S]{view: v, now: now}
}

// Now is the store's time by which the command is judged: not after the answer,
// and not before the request by more than the time that an append takes. Where
// it matters to the microsecond, a state's Window says so.
func (tx *Tx[S]) Now() time.Time { return tx.now }

// Before reports whether the command comes before a time. What is decided on
// the answer takes effect only while the answer is the same by the store's
// clock.
func (tx *Tx[S]) Before(t time.Time) bool {
	if tx.now.Before(t) {
		tx.narrow(time.Time{}, t)
		return true
	}
	tx.narrow(t, time.Time{})
	return false
}

// Load returns the state of a stream, the zero S if it has no event. A non-nil
// error must be returned from Decide at once. The command takes effect only if
// the stream still stands where it stood when Load read it.
func (tx *Tx[S]) Load(stream string) (S, error) {
	found, err := tx.read(key{name: stream})
	return found.state, err
}

// LoadTag is Load for all events that carry a tag.
func (tx *Tx[S]) LoadTag(tag string) (S, error) {
	found, err := tx.read(key{name: tag, tag: true})
	return found.state, err
}

// Version returns the version at which a stream stands, under the terms of Load.
func (tx *Tx[S]) Version(stream string) (Version, error) {
	found, err := tx.read(key{name: stream})
	return Version(found.revision), err
}

// Prefetch makes sure that the states of several streams are in memory, in one
// look-up instead of one each. A decision that learns from one stream which
// others it needs calls it before it loads them.
func (tx *Tx[S]) Prefetch(streams ...string) error {
	for _, stream := range streams {
		k := key{name: stream}
		if _, ok := tx.view.look(k); !ok && !tx.view.presumes(k) {
			tx.missing = append(tx.missing, k)
		}
	}
	if len(tx.missing) > 0 {
		return errMissing
	}
	return nil
}

// Fresh vouches that a stream has no event because its name holds an id that
// was minted for this command, so that nobody need look.
func (tx *Tx[S]) Fresh(stream string) {
	tx.fresh = append(tx.fresh, stream)
}

// Append records facts, in order, if the command is accepted. A stream that
// the decision has neither loaded nor called fresh is loaded. Events appended
// do not show in Load: a decision knows what it has decided.
func (tx *Tx[S]) Append(events ...NewEvent) {
	for i := range events {
		if !tx.knows(events[i].Stream) {
			_, _ = tx.read(key{name: events[i].Stream}) // a miss is noted in tx.missing
		}
	}
	tx.events = append(tx.events, events...)
}

// knows reports whether the stream's version is settled within this decision.
// Decisions touch a handful of streams, so looking along the list is fastest.
func (tx *Tx[S]) knows(stream string) bool {
	if slices.Contains(tx.fresh, stream) {
		return true
	}
	for i := range tx.reads {
		if tx.reads[i].key == (key{name: stream}) {
			return true
		}
	}
	return false
}

// revision returns the revision at which a stream was read, 0 if it was called
// fresh.
func (tx *Tx[S]) revision(k key) int64 {
	for i := range tx.reads {
		if tx.reads[i].key == k {
			return tx.reads[i].revision
		}
	}
	return 0
}

// read looks a state up, adds it to the read set, and narrows the span of time
// in which the decision is right to that of the state.
func (tx *Tx[S]) read(k key) (snapshot[S], error) {
	found, ok := tx.view.look(k)
	if !ok && !tx.view.presumes(k) {
		tx.missing = append(tx.missing, k)
		return snapshot[S]{}, errMissing
	}
	tx.reads = append(tx.reads, read{key: k, revision: found.revision, generation: found.generation, presumed: !ok})
	if found.revision != 0 { // below 0 within a group
		from, until := found.state.Window(tx.now)
		tx.narrow(from, until)
	}
	return found, nil
}

// narrow intersects the decision's span of time with another.
func (tx *Tx[S]) narrow(from, until time.Time) {
	if from.After(tx.from) {
		tx.from = from
	}
	if !until.IsZero() && (tx.until.IsZero() || until.Before(tx.until)) {
		tx.until = until
	}
}

// stands reports whether everything the decision has relied on is still so in
// v at a time.
func (tx *Tx[S]) stands(v view[S], at time.Time) bool {
	if at.Before(tx.from) || (!tx.until.IsZero() && !at.Before(tx.until)) {
		return false
	}
	for _, r := range tx.reads {
		found, ok := v.look(r.key)
		switch {
		case !ok && r.presumed && v.presumes(r.key):
		case !ok, found.revision != r.revision, found.generation != r.generation && !r.presumed:
			return false
		}
	}
	return true
}

// presumed returns the keys that the decision has presumed to have no event.
func (tx *Tx[S]) presumed() []key {
	var keys []key
	for i := range tx.reads {
		if tx.reads[i].presumed {
			keys = append(keys, tx.reads[i].key)
		}
	}
	return keys
}
