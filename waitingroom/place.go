package waitingroom

import (
	"time"

	"github.com/holdfast-dev/holdfast/domain"
)

// Place is somebody's place in the waiting room of one concert. It is all that
// a queue token has to carry, and it must be carried so that its holder cannot
// change it.
type Place struct {
	UserID    domain.UserID
	ConcertID domain.ConcertID
	// AdmissionID names the turn that belongs to the place. It is the same
	// from the door to the till.
	AdmissionID domain.AdmissionID
	// Number is the place drawn at the door, counted from 1. It never changes.
	Number int64
	// AdmittedUntil is the end of the admission, exclusive, in whole seconds.
	// Zero while the turn has not been taken up.
	AdmittedUntil time.Time
}

// Phase is how far a place has come.
type Phase string

// A place waits, is admitted once, and ends. A place that ends never comes
// back; its owner may join again for another one.
const (
	PhaseWaiting  Phase = "waiting"
	PhaseAdmitted Phase = "admitted"
	PhaseEnded    Phase = "ended"
)

// View is a place as it stands.
type View struct {
	// Place is the one to carry from here on: at the turn it has an end.
	Place

	Phase Phase
	// Position is how many are ahead, 0 at the turn. Numbers whose owners have
	// left without a word are counted until their turn.
	Position int64
	// EstimatedWait is how long the wait is likely to be, from the rate of the
	// last minutes. At most [LongestWait].
	EstimatedWait time.Duration
	// PollAfter is when it makes sense to look again. It grows with the
	// distance. Zero once the place has ended.
	PollAfter time.Duration
	// ExpiresAt is the end of the admission, zero in any other phase.
	ExpiresAt time.Time
}

// LongestWait bounds every estimate: beyond it, an estimate says nothing.
const LongestWait = 24 * time.Hour

// Settings are the rules of one room.
type Settings struct {
	// Capacity is how many may be inside at once. 0 lets nobody in.
	Capacity int
	// Session is how long an admission lasts, at least a second. It is cut to
	// whole seconds at its end.
	Session time.Duration
}

// admitted is the view of a place that carries an admission. It asks nobody.
func admitted(p Place, now time.Time) View {
	if !now.Before(p.AdmittedUntil) {
		return ended(p)
	}
	return View{Place: p, Phase: PhaseAdmitted, PollAfter: p.AdmittedUntil.Sub(now), ExpiresAt: p.AdmittedUntil}
}

func ended(p Place) View { return View{Place: p, Phase: PhaseEnded} }
