package token

import (
	"slices"
	"time"

	"github.com/holdfast-dev/holdfast/domain"
)

// Bearer is what a good token says: an [Access], a [Queue] or an [Admin].
type Bearer interface {
	kind() kind
}

// Access says who the user is.
type Access struct {
	UserID domain.UserID
}

// Queue is a user's place in one concert's waiting room. Its fields are those
// of waitingroom.Place, so that the one converts to the other.
type Queue struct {
	UserID      domain.UserID
	ConcertID   domain.ConcertID
	AdmissionID domain.AdmissionID
	// Number is the place that was drawn at the door, from 1.
	Number int64
	// AdmittedUntil is the end of the admission, exact to the microsecond;
	// zero while the user waits. The token itself stays good for longer, so
	// that an admission that is over is told apart from a forgery.
	AdmittedUntil time.Time
}

// Admin says what an operator may do.
type Admin struct {
	// Name is who the token was made for, 1 to 100 characters. It stands in
	// the log as the actor of what is done with the token.
	Name string
	// Scopes are the rights, such as "concert:write".
	Scopes []string
}

// Allows reports whether the token carries the scope.
func (a Admin) Allows(scope string) bool { return slices.Contains(a.Scopes, scope) }

// kind tells the three sorts of tokens apart.
type kind int

const (
	kindAccess kind = iota
	kindQueue
	kindAdmin
	kinds
)

func (Access) kind() kind { return kindAccess }
func (Queue) kind() kind  { return kindQueue }
func (Admin) kind() kind  { return kindAdmin }

// headerType is the "typ" of the JWT header (explicit typing, RFC 8725 3.11).
func (k kind) headerType() string {
	switch k {
	case kindAccess:
		return "holdfast-access+jwt"
	case kindQueue:
		return "holdfast-queue+jwt"
	default:
		return "holdfast-admin+jwt"
	}
}
