package eventstore

import (
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5/pgconn"
)

var (
	// ErrUnavailable means that the database could not be reached or did not
	// answer in time. Whether a command that was under way took effect is
	// unknown; repeating it under the same key settles it.
	ErrUnavailable = errors.New("event store unavailable")
	// ErrClosed means that the writer has been closed: nothing was written.
	ErrClosed = errors.New("event store writer closed")
	// ErrKeyReused means that the key of a command was used before for a
	// different request: nothing was written.
	ErrKeyReused = errors.New("idempotency key reused for another request")
	// ErrContention means that a command was decided again a bounded number
	// of times without coming to rest: nothing was written.
	ErrContention = errors.New("streams kept moving while the command was decided")
	// ErrInvalidEvent means that an event breaks the limits of [NewEvent], or
	// that a decision reads a name which no event can have: nothing was
	// written.
	ErrInvalidEvent = errors.New("invalid event")
	// ErrNotDurable means that the database server may lose what it has
	// acknowledged, because of the setting that the error names.
	ErrNotDurable = errors.New("database may lose acknowledged events")
)

// ConflictError is the refusal of an [Writer.Append] whose expectation does
// not hold.
type ConflictError struct {
	Stream   string
	Expected Version
	Actual   Version
}

// Error implements the error interface.
func (e *ConflictError) Error() string {
	return fmt.Sprintf("stream %s stands at version %d, expected %d", e.Stream, e.Actual, e.Expected)
}

// unavailable wraps an error of the database connection with what was being
// done. It is [ErrUnavailable] unless the server has refused the statement
// itself, which no waiting mends.
func unavailable(doing string, err error) error {
	if refusal, ok := errors.AsType[*pgconn.PgError](err); ok && !passing(refusal.Code) {
		return fmt.Errorf("%s: %w", doing, err)
	}
	return fmt.Errorf("%s: %w: %w", doing, ErrUnavailable, err)
}

// passing reports whether an SQLSTATE belongs to a class that says "not at the
// moment": connection, transaction roll-back, resources, locks, operator
// intervention, system error.
func passing(sqlState string) bool {
	switch sqlState[:2] {
	case "08", "25", "40", "53", "55", "57", "58":
		return true
	default:
		return false
	}
}
