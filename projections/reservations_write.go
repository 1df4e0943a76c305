package projections

import (
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/holdfast-dev/holdfast/domain"
	"github.com/holdfast-dev/holdfast/domain/reservation"
	"github.com/holdfast-dev/holdfast/eventstore"
)

type (
	reservationRow struct {
		reservation.Held
		position  eventstore.Position
		expiresAt time.Time
		state     reservation.Status
		payment   *domain.PaymentID
	}
	reservationEnd struct {
		id      domain.ReservationID
		state   reservation.Status
		payment *domain.PaymentID
	}
)

const insertReservations = `
INSERT INTO reservations (reservation_id, user_id, concert_id, performance_id, local_date, seats, price, expires_at, state, payment_id, position)
SELECT unnest($1::text[])::uuid, unnest($2::text[])::uuid, unnest($3::text[])::uuid, unnest($4::text[])::uuid, unnest($5::text[])::date,
    unnest($6::text[])::integer[], unnest($7::bigint[]), unnest($8::timestamptz[]), unnest($9::text[]), unnest($10::text[])::uuid, unnest($11::bigint[])`

func queueReservations(b *pgx.Batch, rows []*reservationRow) {
	if len(rows) == 0 {
		return
	}
	b.Queue(insertReservations,
		column(rows, func(r *reservationRow) string { return string(r.ReservationID) }),
		column(rows, func(r *reservationRow) string { return string(r.UserID) }),
		column(rows, func(r *reservationRow) string { return string(r.ConcertID) }),
		column(rows, func(r *reservationRow) string { return string(r.PerformanceID) }),
		column(rows, func(r *reservationRow) string { return r.Date }),
		column(rows, func(r *reservationRow) string { return arrayText(r.Seats) }),
		column(rows, func(r *reservationRow) int64 { return int64(r.Price) }),
		column(rows, func(r *reservationRow) time.Time { return r.expiresAt }),
		column(rows, func(r *reservationRow) string { return string(r.state) }),
		column(rows, func(r *reservationRow) *string { return (*string)(r.payment) }),
		column(rows, func(r *reservationRow) int64 { return int64(r.position) }),
	)
}

const updateReservations = `
UPDATE reservations r SET state = e.state, payment_id = e.payment_id
FROM unnest($1::text[]::uuid[], $2::text[], $3::text[]::uuid[]) AS e(reservation_id, state, payment_id)
WHERE r.reservation_id = e.reservation_id`

func queueReservationEnds(b *pgx.Batch, ends []reservationEnd) {
	if len(ends) == 0 {
		return
	}
	b.Queue(updateReservations,
		column(ends, func(r reservationEnd) string { return string(r.id) }),
		column(ends, func(r reservationEnd) string { return string(r.state) }),
		column(ends, func(r reservationEnd) *string { return (*string)(r.payment) }),
	).Exec(exactly(len(ends), "reservations"))
}
