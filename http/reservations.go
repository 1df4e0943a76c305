package http

import (
	"context"

	"github.com/holdfast-dev/holdfast/command"
	"github.com/holdfast-dev/holdfast/domain"
	"github.com/holdfast-dev/holdfast/http/api"
	"github.com/holdfast-dev/holdfast/query"
)

// HoldSeats holds seats for the caller.
func (h *handlers) HoldSeats(ctx context.Context, r api.HoldSeatsRequestObject) (api.HoldSeatsResponseObject, error) {
	place, _ := callOf(ctx).place()
	accepted, err := counted[command.Reservation](h, "hold_seats")(
		h.Commands.HoldSeats(ctx, envelope(ctx, r.Params.IdempotencyKey), command.HoldSeats{
			UserID:        place.UserID,
			ConcertID:     place.ConcertID,
			AdmissionID:   place.AdmissionID,
			AdmittedUntil: place.AdmittedUntil,
			PerformanceID: r.Body.PerformanceID,
			Seats:         r.Body.Seats,
		}))
	if err != nil {
		return nil, err
	}
	return api.HoldSeats201JSONResponse{
		Body: reservationMade(accepted.Answer),
		Headers: api.HoldSeats201ResponseHeaders{
			EventPosition: int64(accepted.Position),
			Location:      "/v1/reservations/" + string(accepted.Answer.ReservationID),
		},
	}, nil
}

// CancelReservation ends the caller's hold.
func (h *handlers) CancelReservation(
	ctx context.Context, r api.CancelReservationRequestObject,
) (api.CancelReservationResponseObject, error) {
	// Zero for a caller with an access token, who needs no admission for this.
	place, _ := callOf(ctx).place()
	accepted, err := counted[command.Reservation](h, "cancel_reservation")(
		h.Commands.CancelReservation(ctx, envelope(ctx, r.Params.IdempotencyKey), command.CancelReservation{
			UserID:        callOf(ctx).userID(),
			AdmissionID:   place.AdmissionID,
			AdmittedUntil: place.AdmittedUntil,
			ReservationID: r.ReservationID,
		}))
	if err != nil {
		return nil, err
	}
	return api.CancelReservation200JSONResponse{
		Body:    reservationMade(accepted.Answer),
		Headers: api.CancelReservation200ResponseHeaders{EventPosition: int64(accepted.Position)},
	}, nil
}

// ListReservations lists the caller's reservations.
func (h *handlers) ListReservations(
	ctx context.Context, r api.ListReservationsRequestObject,
) (api.ListReservationsResponseObject, error) {
	list, err := h.Questions.Reservations.Ask(ctx, callOf(ctx).userID(), positionOf(r.Params.MinEventPosition))
	if err != nil {
		return nil, err
	}
	reservations := make([]api.Reservation, len(list.Reservations))
	for i, found := range list.Reservations {
		reservations[i] = reservationFound(found)
	}
	return api.ListReservations200JSONResponse{Reservations: reservations}, nil
}

// GetReservation shows one of the caller's reservations.
func (h *handlers) GetReservation(
	ctx context.Context, r api.GetReservationRequestObject,
) (api.GetReservationResponseObject, error) {
	found, _, err := h.Questions.Reservation.Ask(
		ctx, callOf(ctx).userID(), r.ReservationID, positionOf(r.Params.MinEventPosition))
	if err != nil {
		return nil, err
	}
	return api.GetReservation200JSONResponse(reservationFound(found)), nil
}

// reservationMade is the answer to a command. It depends on what was recorded
// and on nothing else, so that a repetition gets the same bytes.
func reservationMade(r command.Reservation) api.Reservation {
	return api.Reservation{
		ReservationID: r.ReservationID,
		UserID:        r.UserID,
		PerformanceID: r.PerformanceID,
		Date:          r.Date,
		Seats:         r.Seats,
		Price:         r.Price,
		State:         api.ReservationState(r.State),
		ExpiresAt:     r.ExpiresAt.UTC(),
		PaymentID:     paymentID(r.PaymentID),
	}
}

func reservationFound(r query.Reservation) api.Reservation {
	return api.Reservation{
		ReservationID: r.ReservationID,
		UserID:        r.UserID,
		PerformanceID: r.PerformanceID,
		Date:          r.Date,
		Seats:         r.Seats,
		Price:         r.Price,
		State:         api.ReservationState(r.State),
		ExpiresAt:     r.ExpiresAt.UTC(),
		PaymentID:     paymentID(r.PaymentID),
	}
}

func paymentID(id domain.PaymentID) *domain.PaymentID {
	if id == "" {
		return nil
	}
	return &id
}
