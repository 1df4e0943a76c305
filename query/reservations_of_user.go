package query

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/holdfast-dev/holdfast/domain"
	"github.com/holdfast-dev/holdfast/projections"
)

// Reservation is what became of a hold.
type Reservation struct {
	ReservationID domain.ReservationID
	UserID        domain.UserID
	PerformanceID domain.PerformanceID
	// Date is the performance's local date, as 2006-01-02.
	Date string
	// Seats are in ascending order.
	Seats []int
	// Price is that of all seats together.
	Price domain.Money
	// State is "held", "confirmed", "cancelled" or "expired".
	State string
	// ExpiresAt is the end that the hold has, or had.
	ExpiresAt time.Time
	// PaymentID is the payment that confirmed it, empty if none did.
	PaymentID domain.PaymentID
}

// ReservationList is a user's reservations, the latest first.
type ReservationList struct {
	Reservations []Reservation
	Revision     string
}

// A hold whose end has passed is answered as expired. The server's clock says
// so, not that of this machine.
const selectReservations = `
SELECT reservation_id::text, user_id::text, performance_id::text, local_date::text, seats, price,
    CASE WHEN state = 'held' AND expires_at <= clock_timestamp() THEN 'expired' ELSE state END,
    expires_at, coalesce(payment_id::text, '')
FROM {place}.reservations `

func scanReservation(row pgx.CollectableRow) (Reservation, error) {
	var r Reservation
	err := row.Scan(&r.ReservationID, &r.UserID, &r.PerformanceID, &r.Date, &r.Seats, &r.Price, &r.State, &r.ExpiresAt, &r.PaymentID)
	r.ExpiresAt = r.ExpiresAt.UTC()
	return r, err
}

func (r Reservation) digest(d *digest) {
	// What else a reservation says is settled when it is made.
	d.text(string(r.ReservationID))
	d.text(r.State)
}

// ReservationsOfUser asks which reservations a user has made.
type ReservationsOfUser struct {
	store *Store
}

// NewReservationsOfUser returns the question to a store.
func NewReservationsOfUser(store *Store) *ReservationsOfUser {
	return &ReservationsOfUser{store: store}
}

var reservationsOfUser = question[Reservation]{
	model: projections.ReservationsName,
	table: "reservations",
	sql:   selectReservations + `WHERE user_id = $1::text::uuid ORDER BY position DESC LIMIT $2`,
	scan:  scanReservation,
}

// Ask lists the user's latest reservations, at most 1,000.
func (q *ReservationsOfUser) Ask(ctx context.Context, user domain.UserID, position Position) (ReservationList, error) {
	reservations, err := reservationsOfUser.ask(ctx, q.store, position, string(user), latest)
	if err != nil {
		return ReservationList{}, err
	}
	var content digest
	for _, r := range reservations {
		r.digest(&content)
	}
	return ReservationList{Reservations: reservations, Revision: content.revision()}, nil
}
