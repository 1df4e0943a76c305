package export

import (
	"time"

	"github.com/holdfast-dev/holdfast/eventstore"
	"github.com/holdfast-dev/holdfast/export/parquetrow"
)

const (
	// textBatch is how many bytes of text are gathered before they are written.
	textBatch = 512 << 10
	// rowBatch is how many rows are gathered; a row group has a whole number of
	// batches.
	rowBatch = 1 << 10
	// batches is how many may wait between reading and writing.
	batches = 2
)

// batch is events that have been read and wait to be written.
type batch struct {
	encoder encoder
	lines   Lines
	origins origins

	text []byte
	rows []parquetrow.Row
	// payloads holds the payloads of rows.
	payloads []byte
	events   int64
	// full says that no event is to be added.
	full bool
	// last is the last event in it.
	last mark
	// passed is up to where the log has been searched.
	passed eventstore.Position
	// notice says that the batch is empty and only tells how far the search is.
	notice bool
}

// mark names an event, so that a log can be told from another one.
type mark struct {
	Position   eventstore.Position `json:"position"`
	Stream     string              `json:"stream"`
	Version    eventstore.Version  `json:"version"`
	RecordedAt time.Time           `json:"recordedAt"`
}

// reset empties a batch and keeps its memory.
func (b *batch) reset() {
	clear(b.rows)
	*b = batch{
		encoder: b.encoder, lines: b.lines, origins: b.origins,
		text: b.text[:0], rows: b.rows[:0], payloads: b.payloads[:0],
	}
}

// add adds an event, whose bytes are valid during the call.
func (b *batch) add(e eventstore.Event) error {
	b.events++
	b.passed = e.Position
	b.last = mark{e.Position, e.Stream, e.Version, e.RecordedAt}
	return b.encoder.gather(b, e)
}

// encoder writes batches in a format. Gathering and writing run at the same
// time on different batches, so they share no state.
type encoder interface {
	// opening returns what a file begins with.
	opening() []byte
	// gather adds an event to a batch and says whether the batch is full.
	gather(b *batch, e eventstore.Event) error
	// independent reports whether a batch may end with any event, and several be
	// gathered at the same time.
	independent() bool
	// write writes a batch as far as it makes whole units, and keeps the rest.
	write(b *batch, out *output) (written, error)
	// close writes what has been kept, and what a file ends with.
	close(out *output) (events int64, err error)
	// save and restore carry over what close must know of earlier runs.
	save() [][]byte
	restore(saved [][]byte) error
}

// written is what became of a batch.
type written struct {
	// events is how many have been written.
	events int64
	// last is the last of them, the zero mark if there is none.
	last mark
	// reached is up to where nothing has been kept: the output could be
	// continued from there. It is 0 if that has not moved.
	reached eventstore.Position
}
