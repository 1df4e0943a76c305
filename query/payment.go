package query

import (
	"context"

	"github.com/holdfast-dev/holdfast/domain"
	"github.com/holdfast-dev/holdfast/projections"
)

// PaymentOfUser asks for one payment.
type PaymentOfUser struct {
	store *Store
}

// NewPaymentOfUser returns the question to a store.
func NewPaymentOfUser(store *Store) *PaymentOfUser { return &PaymentOfUser{store: store} }

var paymentOfUser = question[Payment]{
	model: projections.PaymentsName,
	table: "payments",
	sql:   selectPayments + `WHERE payment_id = $1::text::uuid AND user_id = $2::text::uuid`,
	scan:  scanPayment,
}

// Ask returns the user's payment and its revision. It refuses with
// payment_not_found; another user's is answered like an absent one.
func (q *PaymentOfUser) Ask(
	ctx context.Context, user domain.UserID, id domain.PaymentID, position Position,
) (Payment, string, error) {
	found, err := paymentOfUser.ask(ctx, q.store, position, string(id), string(user))
	if err != nil {
		return Payment{}, "", err
	}
	if len(found) == 0 {
		return Payment{}, "", domain.Refuse(CodePaymentNotFound, "You have no payment with this id.")
	}
	var content digest
	content.text(string(id))
	return found[0], content.revision(), nil
}
