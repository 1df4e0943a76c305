package command

import (
	"time"

	"github.com/holdfast-dev/holdfast/domain"
	"github.com/holdfast-dev/holdfast/domain/reservation"
	"github.com/holdfast-dev/holdfast/domain/seat"
	"github.com/holdfast-dev/holdfast/eventstore"
)

// Reservation is a reservation as one event left it.
type Reservation struct {
	ReservationID domain.ReservationID
	UserID        domain.UserID
	ConcertID     domain.ConcertID
	PerformanceID domain.PerformanceID
	// Date is the performance's local date, as 2006-01-02.
	Date string
	// Seats are in ascending order. They are shared with the state of the
	// reservation: for reading only.
	Seats []int
	// Price is that of all seats together.
	Price domain.Money
	State reservation.Status
	// ExpiresAt is the end of the hold by the store's clock, UTC.
	ExpiresAt time.Time
	// PaymentID is empty unless the reservation is confirmed.
	PaymentID domain.PaymentID
}

// reservationFrom makes the answer from the event that made or ended a hold.
func reservationFrom(lead eventstore.Event) (Reservation, error) {
	event, err := factOf(lead, reservation.Decode)
	if err != nil {
		return Reservation{}, err
	}
	switch e := event.(type) {
	case reservation.Held:
		return Reservation{
			ReservationID: e.ReservationID, UserID: e.UserID, ConcertID: e.ConcertID,
			PerformanceID: e.PerformanceID, Date: e.Date, Seats: e.Seats, Price: e.Price,
			State: reservation.StatusHeld, ExpiresAt: e.Ends(lead.RecordedAt).UTC(),
		}, nil
	case reservation.Cancelled:
		return endedReservation(reservation.Ended(e), reservation.StatusCancelled), nil
	case reservation.Expired:
		return endedReservation(reservation.Ended(e), reservation.StatusExpired), nil
	default:
		return Reservation{}, unexpected(lead)
	}
}

func endedReservation(e reservation.Ended, status reservation.Status) Reservation {
	return Reservation{
		ReservationID: e.ReservationID, UserID: e.UserID, ConcertID: e.ConcertID,
		PerformanceID: e.PerformanceID, Date: e.Date, Seats: e.Seats, Price: e.Price,
		State: status, ExpiresAt: e.ExpiresAt.UTC(),
	}
}

// release adds the release of every seat that the reservation still holds.
func release(tx transaction, f *facts, r reservation.State, reason seat.Reason) error {
	states, err := loadSeats(tx, r.PerformanceID, r.Seats)
	if err != nil {
		return err
	}
	for i, number := range r.Seats {
		if released, ok := states[i].Release(r.PerformanceID, number, r.ID, reason); ok {
			f.add(seat.Stream(r.PerformanceID, number), released)
		}
	}
	return nil
}
