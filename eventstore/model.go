package eventstore

import "time"

// Model tells a [Writer] how to make states of type S from events.
type Model[S State] struct {
	// Fold returns the state after one more event. The zero S is the state of
	// a stream without events. Fold must be pure and must not change prev: one
	// state is read by many commands at once. An event it does not know is an
	// error, never skipped.
	Fold func(prev S, e Event) (S, error)
	// FoldTag is Fold for the events of a tag, which may be of many streams.
	// Nil means that Fold serves both.
	FoldTag func(prev S, e Event) (S, error)
	// LatestIsState reports whether the latest event of a stream alone gives
	// its state, so that earlier ones need not be read. Nil means never.
	LatestIsState func(stream string) bool
	// Timeless reports whether the state of a stream is the same whenever its
	// events were recorded. Then a command may be decided on what is on its way
	// to the log, where that time is not known yet; else it waits. Nil means
	// never.
	Timeless func(stream string) bool
}

// timeless reports whether the state of a key is known to rest on no time.
func (m *Model[S]) timeless(k key) bool { return !k.tag && m.Timeless != nil && m.Timeless(k.name) }

// State is what the events of a stream or of a tag add up to.
type State interface {
	// Window returns the span of time around now, from inclusive to until
	// exclusive, in which a decision on this state comes out the same. A zero
	// bound is open.
	Window(now time.Time) (from, until time.Time)
}

// Command is one request to change the log.
type Command[S State] struct {
	// Key makes the command idempotent; the zero Key does not.
	Key Key
	// Metadata is recorded with every event of the command.
	Metadata Metadata
	// Streams names streams that Decide will read, as far as they are known
	// beforehand, so that they are fetched together. It is a hint.
	Streams []string
	// Tags is the same for tags.
	Tags []string
	// Decide reads states and appends facts through tx, or returns a refusal.
	// It must be pure but for tx: it runs as often as needed, also inside the
	// append lock, and only its last run counts. Any error it returns becomes
	// the answer of Execute, once the states it was decided on are confirmed;
	// then nothing is written. A panic is an error too.
	Decide func(tx *Tx[S]) error
}

// Key identifies a command and what it asked for. Both parts are 128-bit
// digests, so that what clients write into their keys is not stored.
type Key struct {
	// ID is the digest of the sender and the key the sender chose.
	ID [16]byte
	// Fingerprint is the digest of the request.
	Fingerprint [16]byte
}

// Receipt is the durable outcome of a command.
type Receipt struct {
	// Events are the command's events as they stand in the log, in order.
	// Empty if the command appended none. They are shared with others who sent
	// the same key: for reading only.
	Events []Event
	// Replayed reports that an earlier command with the same key wrote them.
	Replayed bool
}

// Position returns the last position that the command wrote, 0 if none.
func (r Receipt) Position() Position {
	if len(r.Events) == 0 {
		return 0
	}
	return r.Events[len(r.Events)-1].Position
}

// foldOnto returns the state of a key after one more of its events.
func (m Model[S]) foldOnto(k key, prev S, e Event) (S, error) {
	if k.tag && m.FoldTag != nil {
		return m.FoldTag(prev, e)
	}
	return m.Fold(prev, e)
}
