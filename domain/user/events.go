package user

import (
	"time"

	"github.com/holdfast-dev/holdfast/domain"
)

// TypeForgotten is a wire name.
const TypeForgotten = "user.forgotten.v1"

// Event is [Forgotten].
type Event interface {
	domain.Event
	evolve(s State, at time.Time) State
}

// Forgotten says that the user's id opens nothing any more, and that whoever
// keeps copies of events must not keep the id in them.
type Forgotten struct {
	UserID domain.UserID `json:"userId"`
	// Salt is what the pseudonym is made of, with the id.
	Salt string `json:"salt"`
}

// Type implements [domain.Event].
func (Forgotten) Type() string { return TypeForgotten }
