package reservation

import (
	"time"

	"github.com/holdfast-dev/holdfast/domain"
)

// OwnedBy refuses with reservation_not_found unless the reservation exists
// and is the user's: somebody else's looks exactly like none.
func (s State) OwnedBy(user domain.UserID) error {
	if s.Status == "" || s.UserID != user {
		return domain.Refuse(domain.CodeReservationNotFound, "You have no reservation with this id.")
	}
	return nil
}

// Live refuses unless the hold runs at the given time, and says precisely
// what ended it: already_confirmed, already_cancelled or hold_expired.
func (s State) Live(now time.Time) error {
	switch s.Status {
	case StatusHeld:
		if now.Before(s.Ends) {
			return nil
		}
	case StatusConfirmed:
		return domain.Refuse(domain.CodeAlreadyConfirmed, "This reservation has been paid; its seats are yours.")
	case StatusCancelled:
		return domain.Refuse(domain.CodeAlreadyCancelled, "This reservation was cancelled. Make another one to get seats.")
	case StatusExpired:
	default:
		return domain.Refuse(domain.CodeReservationNotFound, "There is no reservation with this id.")
	}
	return domain.Refuse(domain.CodeHoldExpired,
		"The hold ended at %s, before it was paid or cancelled. Make another reservation to get seats.",
		s.Ends.UTC().Format(time.RFC3339Nano))
}

// Payment is what confirms a reservation.
type Payment struct {
	ID domain.PaymentID
	// Balance is what it leaves in the wallet.
	Balance domain.Money
	// AdmissionID is the turn that it spends, empty if none.
	AdmissionID domain.AdmissionID
}

// Confirm ends the hold by a payment of its whole price. It refuses as
// [State.Live] does.
func (s State) Confirm(now time.Time, p Payment) (Confirmed, error) {
	if err := s.Live(now); err != nil {
		return Confirmed{}, err
	}
	return Confirmed{
		ReservationID: s.ID,
		UserID:        s.UserID,
		ConcertID:     s.ConcertID,
		PerformanceID: s.PerformanceID,
		Date:          s.Date,
		Seats:         s.Seats,
		PaymentID:     p.ID,
		Amount:        s.Price,
		Balance:       p.Balance,
		AdmissionID:   p.AdmissionID,
	}, nil
}

// Cancel ends the hold because its user does not want the seats. It refuses
// as [State.Live] does.
func (s State) Cancel(now time.Time) (Cancelled, error) {
	if err := s.Live(now); err != nil {
		return Cancelled{}, err
	}
	return Cancelled(s.ended()), nil
}

// Expire records that the hold has ended by the clock. It refuses with
// conflict while the hold runs, and as [State.Live] does once an end has been
// recorded, be it this one.
func (s State) Expire(now time.Time) (Expired, error) {
	if s.Status != StatusHeld {
		return Expired{}, s.Live(now)
	}
	if now.Before(s.Ends) {
		return Expired{}, domain.Refuse(domain.CodeConflict,
			"The hold runs until %s.", s.Ends.UTC().Format(time.RFC3339Nano))
	}
	return Expired(s.ended()), nil
}

func (s State) ended() Ended {
	return Ended{
		ReservationID: s.ID,
		UserID:        s.UserID,
		ConcertID:     s.ConcertID,
		PerformanceID: s.PerformanceID,
		Date:          s.Date,
		Seats:         s.Seats,
		Price:         s.Price,
		ExpiresAt:     s.Ends.UTC(),
	}
}
