package query

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/holdfast-dev/holdfast/domain"
	"github.com/holdfast-dev/holdfast/projections"
)

// Payment is one payment of one reservation.
type Payment struct {
	PaymentID     domain.PaymentID
	ReservationID domain.ReservationID
	PerformanceID domain.PerformanceID
	// Seats are in ascending order.
	Seats  []int
	Amount domain.Money
	// Balance is what it left in the wallet.
	Balance domain.Money
	PaidAt  time.Time
}

// PaymentList is a user's payments, the latest first.
type PaymentList struct {
	Payments []Payment
	Revision string
}

const selectPayments = `
SELECT payment_id::text, reservation_id::text, performance_id::text, seats, amount, balance, paid_at
FROM {place}.payments `

func scanPayment(row pgx.CollectableRow) (Payment, error) {
	var p Payment
	err := row.Scan(&p.PaymentID, &p.ReservationID, &p.PerformanceID, &p.Seats, &p.Amount, &p.Balance, &p.PaidAt)
	p.PaidAt = p.PaidAt.UTC()
	return p, err
}

// PaymentsOfUser asks which payments a user has made.
type PaymentsOfUser struct {
	store *Store
}

// NewPaymentsOfUser returns the question to a store.
func NewPaymentsOfUser(store *Store) *PaymentsOfUser { return &PaymentsOfUser{store: store} }

var paymentsOfUser = question[Payment]{
	model: projections.PaymentsName,
	table: "payments",
	sql:   selectPayments + `WHERE user_id = $1::text::uuid ORDER BY position DESC LIMIT $2`,
	scan:  scanPayment,
}

// Ask lists the user's latest payments, at most 1,000.
func (q *PaymentsOfUser) Ask(ctx context.Context, user domain.UserID, position Position) (PaymentList, error) {
	payments, err := paymentsOfUser.ask(ctx, q.store, position, string(user), latest)
	if err != nil {
		return PaymentList{}, err
	}
	var content digest
	for _, p := range payments {
		// A payment does not change, so its id stands for all of it.
		content.text(string(p.PaymentID))
	}
	return PaymentList{Payments: payments, Revision: content.revision()}, nil
}
