package projections

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/holdfast-dev/holdfast/domain"
	"github.com/holdfast-dev/holdfast/domain/reservation"
	"github.com/holdfast-dev/holdfast/eventstore"
)

func reservationsPlan() *BulkPlan {
	return &BulkPlan{
		Bare: []string{"reservations"},
		Open: []string{"reservations"},
		New:  func() Bulk { return &reservationsBulk{held: make(map[domain.ReservationID]reservationRow)} },
	}
}

// reservationsBulk keeps the holds that have not ended.
type reservationsBulk struct {
	held  map[domain.ReservationID]reservationRow
	ended copyRows
}

const reservationColumns = "reservation_id, user_id, concert_id, performance_id, payment_id, position, expires_at, price, local_date, seats, state"

// Load implements [Bulk].
func (b *reservationsBulk) Load(ctx context.Context, tx pgx.Tx) error {
	rows, err := tx.Query(ctx, `
		SELECT reservation_id::text, user_id::text, concert_id::text, performance_id::text, position, expires_at, price, local_date::text, seats
		FROM reservations_open`)
	if err != nil {
		return err
	}
	var r reservationRow
	into := []any{&r.ReservationID, &r.UserID, &r.ConcertID, &r.PerformanceID, &r.position, &r.expiresAt, &r.Price, &r.Date, &r.Seats}
	_, err = pgx.ForEachRow(rows, into, func() error {
		r.state = reservation.StatusHeld
		b.held[r.ReservationID] = r
		r.Seats = nil // the next row gets an array of its own
		return nil
	})
	return err
}

// Apply implements [Bulk].
func (b *reservationsBulk) Apply(e eventstore.Event, decoded domain.Event) error {
	switch event := decoded.(type) {
	case reservation.Held:
		if _, twice := b.held[event.ReservationID]; twice {
			return errOdd
		}
		b.held[event.ReservationID] = reservationRow{
			Held: event, position: e.Position, expiresAt: event.Ends(e.RecordedAt), state: reservation.StatusHeld,
		}
		return nil
	case reservation.Confirmed:
		return b.end(event.ReservationID, reservation.StatusConfirmed, &event.PaymentID)
	case reservation.Cancelled:
		return b.end(event.ReservationID, reservation.StatusCancelled, nil)
	case reservation.Expired:
		return b.end(event.ReservationID, reservation.StatusExpired, nil)
	}
	return unfolded(decoded)
}

func (b *reservationsBulk) end(id domain.ReservationID, state reservation.Status, payment *domain.PaymentID) error {
	row, held := b.held[id]
	if !held {
		return errOdd
	}
	delete(b.held, id)
	row.state, row.payment = state, payment
	row.copyTo(&b.ended)
	return b.ended.err
}

func (r reservationRow) copyTo(to *copyRows) {
	to.row(11)
	to.uuid(string(r.ReservationID))
	to.uuid(string(r.UserID))
	to.uuid(string(r.ConcertID))
	to.uuid(string(r.PerformanceID))
	if r.payment == nil {
		to.null()
	} else {
		to.uuid(string(*r.payment))
	}
	to.bigint(int64(r.position))
	to.timestamp(r.expiresAt)
	to.bigint(int64(r.Price))
	to.date(r.Date)
	to.integers(r.Seats)
	to.text(string(r.state))
}

// Open implements [Bulk].
func (b *reservationsBulk) Open() int { return len(b.held) }

// Flush implements [Bulk].
func (b *reservationsBulk) Flush() Chunk {
	var open copyRows
	for _, row := range b.held {
		row.copyTo(&open)
	}
	return Chunk{Rows: []TableRows{
		{Table: "reservations", Columns: reservationColumns, Data: b.ended.take()},
		{Table: "reservations" + OpenSuffix, Columns: reservationColumns, Replace: true, Data: open.take()},
	}}
}
