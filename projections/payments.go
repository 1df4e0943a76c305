package projections

import (
	_ "embed"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/holdfast-dev/holdfast/domain/reservation"
	"github.com/holdfast-dev/holdfast/eventstore"
)

const (
	// PaymentsName is the name of the projection that [Payments] returns.
	PaymentsName = "payments"
	// PaymentsVersion is its version.
	PaymentsVersion = 1
)

//go:embed schema/tables/payments.sql
var paymentsDDL string

// Payments is every payment, as the confirmation of its reservation tells it.
func Payments() Projection {
	return Projection{
		Name:       PaymentsName,
		Bulk:       paymentsPlan(),
		Version:    PaymentsVersion,
		DDL:        paymentsDDL,
		Tables:     []Table{{Name: "payments", Key: "payment_id"}},
		Categories: []string{reservation.Category},
		NewPage:    func() Page { return &paymentsPage{} },
	}
}

// paymentsPage is what a page of the log adds to the payments.
type paymentsPage struct {
	payments []paymentRow
}

type paymentRow struct {
	reservation.Confirmed
	position eventstore.Position
	at       time.Time
}

// Apply implements [Page].
func (p *paymentsPage) Apply(e eventstore.Event) error {
	event, err := reservation.Decode(e.Type, e.Payload)
	if err != nil {
		return err
	}
	if confirmed, is := event.(reservation.Confirmed); is {
		p.payments = append(p.payments, paymentRow{Confirmed: confirmed, position: e.Position, at: e.RecordedAt})
	}
	return nil
}

const insertPayments = `
INSERT INTO payments (payment_id, reservation_id, user_id, performance_id, seats, amount, balance, paid_at, position)
SELECT unnest($1::text[])::uuid, unnest($2::text[])::uuid, unnest($3::text[])::uuid, unnest($4::text[])::uuid, unnest($5::text[])::integer[],
    unnest($6::bigint[]), unnest($7::bigint[]), unnest($8::timestamptz[]), unnest($9::bigint[])`

// Queue implements [Page].
func (p *paymentsPage) Queue(b *pgx.Batch) {
	if len(p.payments) == 0 {
		return
	}
	b.Queue(insertPayments,
		column(p.payments, func(r paymentRow) string { return string(r.PaymentID) }),
		column(p.payments, func(r paymentRow) string { return string(r.ReservationID) }),
		column(p.payments, func(r paymentRow) string { return string(r.UserID) }),
		column(p.payments, func(r paymentRow) string { return string(r.PerformanceID) }),
		column(p.payments, func(r paymentRow) string { return arrayText(r.Seats) }),
		column(p.payments, func(r paymentRow) int64 { return int64(r.Amount) }),
		column(p.payments, func(r paymentRow) int64 { return int64(r.Balance) }),
		column(p.payments, func(r paymentRow) time.Time { return r.at }),
		column(p.payments, func(r paymentRow) int64 { return int64(r.position) }),
	)
}
