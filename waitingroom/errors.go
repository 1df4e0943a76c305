package waitingroom

import (
	"errors"
	"fmt"
	"time"

	"github.com/holdfast-dev/holdfast/domain"
)

// RetryError is a refusal that will pass: with the code queue_unavailable or
// rate_limited. Domain.CodeOf finds the code in it.
type RetryError struct {
	Refusal *domain.Error
	// After is when it makes sense to try again.
	After time.Duration
	// Cause is what went wrong behind it, for the log and never for the
	// client. Nil if nothing did.
	Cause error
}

// Error implements the error interface.
func (e *RetryError) Error() string {
	if e.Cause == nil {
		return e.Refusal.Error()
	}
	return fmt.Sprintf("%v (%v)", e.Refusal, e.Cause)
}

// Unwrap gives access to the refusal and to its cause.
func (e *RetryError) Unwrap() []error {
	if e.Cause == nil {
		return []error{e.Refusal}
	}
	return []error{e.Refusal, e.Cause}
}

// retryUnavailable is when to try again while a store is away: it is back, if
// at all, within seconds.
const retryUnavailable = 2 * time.Second

// unavailable wraps the failure of a store.
func unavailable(cause error) error {
	return &RetryError{
		Refusal: domain.Refuse(domain.CodeQueueUnavailable,
			"The waiting room cannot be reached at the moment. Your place is kept. Try again in a few seconds."),
		After: retryUnavailable,
		Cause: cause,
	}
}

func rateLimited(after time.Duration, detail string) error {
	return &RetryError{Refusal: domain.Refuse(domain.CodeRateLimited, "%s", detail), After: after}
}

var (
	// errNoRoom means that Postgres knows no room for the concert.
	errNoRoom = errors.New("no waiting room for this concert")
	// errMoved means that the room has gone into another incarnation.
	errMoved = errors.New("waiting room has moved to another incarnation")
	// errCrowded means that too many stand at the door.
	errCrowded = errors.New("too many joins at once while Redis is slow")
	// errUnsettled means that a room kept moving while it was asked.
	errUnsettled = errors.New("waiting room kept being lost while it was restored")
)
