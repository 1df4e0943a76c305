package command

import (
	"context"

	"github.com/holdfast-dev/holdfast/domain"
	"github.com/holdfast-dev/holdfast/domain/holds"
	"github.com/holdfast-dev/holdfast/domain/reservation"
	"github.com/holdfast-dev/holdfast/domain/seat"
)

// CancelReservation asks to give back the seats of one's own hold.
type CancelReservation struct {
	UserID        domain.UserID
	ReservationID domain.ReservationID
}

// CancelReservation ends a live hold and frees its seats at once. It refuses
// with reservation_not_found if the user has none of this id, then with
// already_confirmed, already_cancelled or hold_expired, whichever ended it.
func (u *Unit) CancelReservation(ctx context.Context, env Envelope, c CancelReservation) (Accepted[Reservation], error) {
	const name = "cancel_reservation"
	stream := reservation.Stream(c.ReservationID)
	return do(ctx, u, env, order{
		name:        name,
		fingerprint: newRequest(name).text(string(c.UserID)).text(string(c.ReservationID)).fingerprint(),
		streams:     []string{stream},
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
			var f facts
			f.addTagged(stream, holds.Tag(c.UserID), cancelled)
			if err := release(tx, &f, r, seat.ReasonCancelled); err != nil {
				return err
			}
			return f.record(tx)
		},
	}, reservationFrom)
}
