package projections

import (
	"context"
	"errors"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/holdfast-dev/holdfast/domain"
	"github.com/holdfast-dev/holdfast/domain/admission"
	"github.com/holdfast-dev/holdfast/domain/concert"
	"github.com/holdfast-dev/holdfast/domain/performance"
	"github.com/holdfast-dev/holdfast/domain/reservation"
	"github.com/holdfast-dev/holdfast/domain/seat"
	"github.com/holdfast-dev/holdfast/domain/wallet"
	"github.com/holdfast-dev/holdfast/eventstore"
)

// BulkPlan is how a projection is built from a long log: rows that nothing
// changes any more are copied into tables without indexes, chunk by chunk; rows
// that something may still change are kept in memory and, at the end of each
// chunk, in tables of their own, so that a build can go on after a kill.
type BulkPlan struct {
	// Bare are the tables that are copied into. They get their indexes and keys
	// when the copy is whole.
	Bare []string
	// Open are those of them of which rows are kept open. A table like it, with
	// the suffix [OpenSuffix], holds these.
	Open []string
	// Finish are statements that run when the copy is whole and indexed, after
	// the open rows have been put where they belong.
	Finish []string
	// New starts the fold.
	New func() Bulk
}

// OpenSuffix ends the names of the tables that hold open rows.
const OpenSuffix = "_open"

// Bulk folds a log from wherever the open rows stand. It is used by one
// goroutine at a time.
type Bulk interface {
	// Load reads the open rows from their tables, which are in the search path.
	Load(ctx context.Context, tx pgx.Tx) error
	// Apply folds one event, decoded by [Decode]. After an error the fold is of
	// no more use: what the event means is found out by ordinary steps.
	Apply(e eventstore.Event, decoded domain.Event) error
	// Open returns how many rows are open.
	Open() int
	// Flush hands out what the events since the last Flush have added.
	Flush() Chunk
}

// Chunk is what a part of the log adds to a build.
type Chunk struct {
	// Rows are to be copied into the tables of that name. Open rows replace
	// those that are there.
	Rows []TableRows
	// Batch holds the statements for the tables that are not bare.
	Batch pgx.Batch
}

// TableRows are rows of one table in the binary form of COPY.
type TableRows struct {
	Table string
	// Columns are the names, separated by commas.
	Columns string
	// Replace says that they take the place of all rows that are there.
	Replace bool
	Data    []byte
}

// errOdd means that an event does not fit the ones before it.
var errOdd = errors.New("event does not follow from those before it")

// Decode reads an event of any aggregate. A type that none has is a
// [domain.UnknownTypeError].
func Decode(e eventstore.Event) (domain.Event, error) {
	switch category(e.Type) {
	case seat.Category:
		return seat.Decode(e.Type, e.Payload)
	case reservation.Category:
		return reservation.Decode(e.Type, e.Payload)
	case wallet.Category:
		return wallet.Decode(e.Type, e.Payload)
	case admission.Category:
		return admission.Decode(e.Type, e.Payload)
	case performance.Category:
		return performance.Decode(e.Type, e.Payload)
	case concert.Category:
		return concert.Decode(e.Type, e.Payload)
	}
	return nil, &domain.UnknownTypeError{Type: e.Type}
}

// Known reports whether a type is one of an aggregate that logs may hold events
// of.
func Known(wireType string) bool { return slices.Contains(aggregates, category(wireType)) }

// Folds reports whether the projection folds events of a type.
func (p Projection) Folds(wireType string) bool {
	return slices.Contains(p.Categories, category(wireType))
}
