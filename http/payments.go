package http

import (
	"context"

	"github.com/holdfast-dev/holdfast/command"
	"github.com/holdfast-dev/holdfast/http/api"
	"github.com/holdfast-dev/holdfast/query"
)

// Pay pays for the caller's reservation.
func (h *handlers) Pay(ctx context.Context, r api.PayRequestObject) (api.PayResponseObject, error) {
	place, _ := callOf(ctx).place()
	accepted, err := counted[command.Payment](h, "pay")(
		h.Commands.Pay(ctx, envelope(ctx, r.Params.IdempotencyKey), command.Pay{
			UserID:        place.UserID,
			ConcertID:     place.ConcertID,
			AdmissionID:   place.AdmissionID,
			AdmittedUntil: place.AdmittedUntil,
			ReservationID: r.Body.ReservationID,
		}))
	if err != nil {
		return nil, err
	}
	return api.Pay201JSONResponse{
		Body: paymentOf(query.Payment(accepted.Answer)),
		Headers: api.Pay201ResponseHeaders{
			EventPosition: int64(accepted.Position),
			Location:      "/v1/payments/" + string(accepted.Answer.PaymentID),
		},
	}, nil
}

// ListPayments lists the caller's payments.
func (h *handlers) ListPayments(ctx context.Context, r api.ListPaymentsRequestObject) (api.ListPaymentsResponseObject, error) {
	list, err := h.Questions.Payments.Ask(ctx, callOf(ctx).userID(), positionOf(r.Params.MinEventPosition))
	if err != nil {
		return nil, err
	}
	payments := make([]api.Payment, len(list.Payments))
	for i, p := range list.Payments {
		payments[i] = paymentOf(p)
	}
	return api.ListPayments200JSONResponse{Payments: payments}, nil
}

// GetPayment shows one of the caller's payments.
func (h *handlers) GetPayment(ctx context.Context, r api.GetPaymentRequestObject) (api.GetPaymentResponseObject, error) {
	found, _, err := h.Questions.Payment.Ask(
		ctx, callOf(ctx).userID(), r.PaymentID, positionOf(r.Params.MinEventPosition))
	if err != nil {
		return nil, err
	}
	return api.GetPayment200JSONResponse(paymentOf(found)), nil
}

// paymentOf is a payment as it was made or found, which is the same: a payment
// does not change.
func paymentOf(p query.Payment) api.Payment {
	return api.Payment{
		PaymentID:     p.PaymentID,
		ReservationID: p.ReservationID,
		PerformanceID: p.PerformanceID,
		Seats:         p.Seats,
		Amount:        p.Amount,
		Balance:       p.Balance,
		PaidAt:        p.PaidAt.UTC(),
	}
}
