package seat

import (
	"github.com/holdfast-dev/holdfast/domain"
	"github.com/holdfast-dev/holdfast/domain/internal/canonical"
)

// Encode returns the payload of an event.
func Encode(e Event) ([]byte, error) { return domain.EncodeEvent(e) }

// Decode reads the payload of an event of the given wire type. A type that
// is none of this package's is a [domain.UnknownTypeError].
func Decode(wireType string, payload []byte) (Event, error) {
	switch wireType {
	case TypeHeld:
		return decode(payload, readHeld)
	case TypeReleased:
		return decode(payload, readReleased)
	case TypeSold:
		return decode(payload, readSold)
	}
	return nil, &domain.UnknownTypeError{Type: wireType}
}

func decode[E Event](payload []byte, read func(*canonical.Reader) E) (Event, error) {
	if e, ok := canonical.Decode(payload, read); ok {
		return e, nil
	}
	e, err := domain.DecodeEvent[E](payload)
	if err != nil {
		return nil, err
	}
	return e, nil
}

// The fields of a literal are read in the order in which they are written here.

func readHeld(r *canonical.Reader) Held {
	return Held{
		PerformanceID: domain.PerformanceID(r.Text(`{"performanceId":"`)),
		Seat:          int(r.Number(`,"seat":`)),
		ReservationID: domain.ReservationID(r.Text(`,"reservationId":"`)),
		UserID:        domain.UserID(r.Text(`,"userId":"`)),
		Price:         domain.Money(r.Number(`,"price":`)),
		HoldMs:        r.Number(`,"holdMs":`),
	}
}

func readReleased(r *canonical.Reader) Released {
	return Released{
		PerformanceID: domain.PerformanceID(r.Text(`{"performanceId":"`)),
		Seat:          int(r.Number(`,"seat":`)),
		ReservationID: domain.ReservationID(r.Text(`,"reservationId":"`)),
		Reason:        Reason(r.Text(`,"reason":"`)),
	}
}

func readSold(r *canonical.Reader) Sold {
	return Sold{
		PerformanceID: domain.PerformanceID(r.Text(`{"performanceId":"`)),
		Seat:          int(r.Number(`,"seat":`)),
		ReservationID: domain.ReservationID(r.Text(`,"reservationId":"`)),
		UserID:        domain.UserID(r.Text(`,"userId":"`)),
		PaymentID:     domain.PaymentID(r.Text(`,"paymentId":"`)),
		Price:         domain.Money(r.Number(`,"price":`)),
	}
}
