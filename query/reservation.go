package query

import (
	"context"

	"github.com/holdfast-dev/holdfast/domain"
	"github.com/holdfast-dev/holdfast/projections"
)

// ReservationOfUser asks for one reservation.
type ReservationOfUser struct {
	store *Store
}

// NewReservationOfUser returns the question to a store.
func NewReservationOfUser(store *Store) *ReservationOfUser { return &ReservationOfUser{store: store} }

var reservationOfUser = question[Reservation]{
	model: projections.ReservationsName,
	table: "reservations",
	sql:   selectReservations + `WHERE reservation_id = $1::text::uuid AND user_id = $2::text::uuid`,
	scan:  scanReservation,
}

// Ask returns the user's reservation and its revision. It refuses with
// reservation_not_found; another user's is answered like an absent one.
func (q *ReservationOfUser) Ask(
	ctx context.Context, user domain.UserID, id domain.ReservationID, position Position,
) (Reservation, string, error) {
	found, err := reservationOfUser.ask(ctx, q.store, position, string(id), string(user))
	if err != nil {
		return Reservation{}, "", err
	}
	if len(found) == 0 {
		return Reservation{}, "", domain.Refuse(domain.CodeReservationNotFound, "You have no reservation with this id.")
	}
	var content digest
	found[0].digest(&content)
	return found[0], content.revision(), nil
}
