package command

import (
	"time"

	"github.com/holdfast-dev/holdfast/domain"
	"github.com/holdfast-dev/holdfast/domain/admission"
)

// openTurn returns the state of an admission that is under way: nothing has
// ended it, and the store's clock has not come to its end, zero meaning that it
// has none. That is decided here and not before the command, so that repeating
// a request gets its stored answer even after the turn.
func openTurn(tx transaction, id domain.AdmissionID, until time.Time) (admission.State, error) {
	turn, err := load[admission.State](tx, admission.Stream(id))
	if err != nil {
		return turn, err
	}
	if err := turn.Open(); err != nil {
		return turn, err
	}
	if !until.IsZero() && !tx.Before(until) {
		return turn, domain.Refuse(domain.CodeNotAdmitted, "This admission is over. Join the queue again for another one.")
	}
	return turn, nil
}
