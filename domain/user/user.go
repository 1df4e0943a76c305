// Package user holds the one thing that the log says about a user alone: that
// the user was forgotten.
//
// Users are ids; who stands behind one is known to whoever gave out its tokens,
// and never to the log. A forgotten user's id opens nothing any more, and
// leaves the log only as a pseudonym (see [Veil]). The log itself stays as it
// is: seats and money go on adding up.
package user

import (
	"crypto/sha256"
	"time"

	"github.com/holdfast-dev/holdfast/domain"
)

// Category is the first part of the names of all user streams.
const Category = "user"

// Stream names the stream of a user. It is empty until the user is forgotten.
func Stream(id domain.UserID) string { return Category + "-" + string(id) }

// State is a user. The zero State is one that is not forgotten.
type State struct {
	domain.Timeless
	Forgotten bool
}

// Evolve returns the state after an event that was recorded at the given time.
func (s State) Evolve(e Event, at time.Time) State { return e.evolve(s, at) }

func (e Forgotten) evolve(State, time.Time) State { return State{Forgotten: true} }

// Farewell is a wish to forget a user, and what the user still has.
type Farewell struct {
	UserID domain.UserID
	// Salt makes the pseudonym one that nobody can find out from the id: random,
	// as much of it as of a UUID.
	Salt string
	// Seats are those that the user has on hold.
	Seats int
	// Balance is what the user's wallet holds.
	Balance domain.Money
	// Abandon lets go of the balance: it stays in the log as nobody's.
	Abandon bool
}

// Forget refuses with conflict if the user was forgotten before, while the user
// has seats on hold, which end by themselves, and if there is money in the
// wallet that is not abandoned.
func (s State) Forget(f Farewell) (Forgotten, error) {
	switch {
	case s.Forgotten:
		return Forgotten{}, domain.Refuse(domain.CodeConflict, "User %s was forgotten before.", f.UserID)
	case f.Seats > 0:
		return Forgotten{}, domain.Refuse(domain.CodeConflict,
			"User %s has %d seats on hold. Cancel the reservations, or wait until they end.", f.UserID, f.Seats)
	case f.Balance > 0 && !f.Abandon:
		return Forgotten{}, domain.Refuse(domain.CodeConflict,
			"The wallet of user %s holds %d. Give it back first, or say that it is abandoned.", f.UserID, f.Balance)
	}
	return Forgotten{UserID: f.UserID, Salt: f.Salt}, nil
}

// Pseudonym is what the user is called outside of the log: a UUID of version 8
// that is made of id and salt, so that it is the same in every export.
func (e Forgotten) Pseudonym() domain.UserID {
	sum := sha256.Sum256([]byte(e.Salt + "/" + string(e.UserID)))
	sum[6] = sum[6]&0x0f | 0x80
	sum[8] = sum[8]&0x3f | 0x80
	return domain.UserID(canonical(sum[:16]))
}

// canonical writes 16 bytes as the text of a UUID.
func canonical(b []byte) string {
	const digits = "0123456789abcdef"
	text := make([]byte, 0, 36)
	for i, c := range b {
		if i == 4 || i == 6 || i == 8 || i == 10 {
			text = append(text, '-')
		}
		text = append(text, digits[c>>4], digits[c&15])
	}
	return string(text)
}
