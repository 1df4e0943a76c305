package projections

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/holdfast-dev/holdfast/domain"
	"github.com/holdfast-dev/holdfast/domain/reservation"
	"github.com/holdfast-dev/holdfast/eventstore"
)

func paymentsPlan() *BulkPlan {
	return &BulkPlan{Bare: []string{"payments"}, New: func() Bulk { return &paymentsBulk{} }}
}

// paymentsBulk keeps nothing open: a payment does not change.
type paymentsBulk struct {
	payments copyRows
}

// Load implements [Bulk].
func (*paymentsBulk) Load(context.Context, pgx.Tx) error { return nil }

// Apply implements [Bulk].
func (b *paymentsBulk) Apply(e eventstore.Event, decoded domain.Event) error {
	event, is := decoded.(reservation.Confirmed)
	if !is {
		return nil
	}
	to := &b.payments
	to.row(9)
	to.uuid(string(event.PaymentID))
	to.uuid(string(event.ReservationID))
	to.uuid(string(event.UserID))
	to.uuid(string(event.PerformanceID))
	to.bigint(int64(e.Position))
	to.timestamp(e.RecordedAt)
	to.bigint(int64(event.Amount))
	to.bigint(int64(event.Balance))
	to.integers(event.Seats)
	return to.err
}

// Open implements [Bulk].
func (*paymentsBulk) Open() int { return 0 }

// Flush implements [Bulk].
func (b *paymentsBulk) Flush() Chunk {
	return Chunk{Rows: []TableRows{{
		Table:   "payments",
		Columns: "payment_id, reservation_id, user_id, performance_id, position, paid_at, amount, balance, seats",
		Data:    b.payments.take(),
	}}}
}
