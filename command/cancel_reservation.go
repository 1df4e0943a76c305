package command

import (
	"context"
	"time"

	"github.com/holdfast-dev/holdfast/domain"
	"github.com/holdfast-dev/holdfast/domain/admission"
	"github.com/holdfast-dev/holdfast/domain/holds"
	"github.com/holdfast-dev/holdfast/domain/reservation"
	"github.com/holdfast-dev/holdfast/domain/seat"
)

// CancelReservation asks to give back the seats of one's own hold.
type CancelReservation struct {
	UserID domain.UserID
	// AdmissionID is the turn under which is cancelled, empty if the user has
	// said otherwise who they are.
	AdmissionID domain.AdmissionID
	// AdmittedUntil is when the admission ends, zero for never.
	AdmittedUntil time.Time
	ReservationID domain.ReservationID
}

// CancelReservation ends a live hold and frees its seats at once. It refuses
// with reservation_not_found if the user has none of this id, then with
// already_confirmed, already_cancelled or hold_expired, whichever ended it, and
// with admission_spent or not_admitted if the admission has ended.
func (u *Unit) CancelReservation(ctx context.Context, env Envelope, c CancelReservation) (Accepted[Reservation], error) {
	const name = "cancel_reservation"
	stream := reservation.Stream(c.ReservationID)
	streams := []string{stream}
	if c.AdmissionID != "" {
		streams = append(streams, admission.Stream(c.AdmissionID))
	}
	return do(ctx, u, env, order{
		name:        name,
		fingerprint: newRequest(name).text(string(c.UserID)).text(string(c.ReservationID)).fingerprint(),
		streams:     streams,
		decide: func(tx transaction) error {
			r, err := loadReservation(tx, c.ReservationID)
			if err != nil {
				return err
			}
			if err := r.OwnedBy(c.UserID); err != nil {
				return err
			}
			cancelled, err := r.Cancel(tx.Now())
			if err != nil {
				return err
			}
			if c.AdmissionID != "" {
				if _, err := openTurn(tx, c.AdmissionID, c.AdmittedUntil); err != nil {
					return err
				}
			}
			var f facts
			f.addTagged(stream, holds.Tag(c.UserID), cancelled)
			if err := release(tx, &f, r, seat.ReasonCancelled); err != nil {
				return err
			}
			return f.record(tx)
		},
	}, reservationFrom)
}
