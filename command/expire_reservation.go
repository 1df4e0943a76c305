package command

import (
	"context"

	"github.com/holdfast-dev/holdfast/domain"
	"github.com/holdfast-dev/holdfast/domain/holds"
	"github.com/holdfast-dev/holdfast/domain/reservation"
	"github.com/holdfast-dev/holdfast/domain/seat"
)

// ExpireReservation asks to record that a hold has ended by the clock.
type ExpireReservation struct {
	ReservationID domain.ReservationID
}

// ExpireReservation makes the end of a hold visible and frees those of its
// seats that nobody has taken since. It decides nothing: by the rules the hold
// has ended, whether or not this is ever recorded.
//
// It refuses with reservation_not_found, with conflict while the hold runs,
// and with already_confirmed, already_cancelled or hold_expired once an end
// has been recorded.
func (u *Unit) ExpireReservation(ctx context.Context, env Envelope, c ExpireReservation) (Accepted[Reservation], error) {
	const name = "expire_reservation"
	stream := reservation.Stream(c.ReservationID)
	return do(ctx, u, env, order{
		name:        name,
		fingerprint: newRequest(name).text(string(c.ReservationID)).fingerprint(),
		streams:     []string{stream},
		decide: func(tx transaction) error {
			r, err := loadReservation(tx, c.ReservationID)
			if err != nil {
				return err
			}
			expired, err := r.Expire(tx.Now())
			if err != nil {
				return err
			}
			var f facts
			f.addTagged(stream, holds.Tag(r.UserID), expired)
			if err := release(tx, &f, r, seat.ReasonExpired); err != nil {
				return err
			}
			return f.record(tx)
		},
	}, reservationFrom)
}
