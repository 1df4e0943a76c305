package seat

import (
	"github.com/holdfast-dev/holdfast/domain"
	"github.com/holdfast-dev/holdfast/internal/canonical"
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

func decode[E Event](payload []byte, read func(payload []byte) (E, bool)) (Event, error) {
	if e, ok := read(payload); ok {
		return e, nil
	}
	e, err := domain.DecodeEvent[E](payload)
	if err != nil {
		return nil, err
	}
	return e, nil
}

// The fields of a literal are read in the order in which they are written here,
// before it is asked whether that was all.

func readHeld(payload []byte) (Held, bool) {
	r := canonical.Read(string(payload))
	return Held{
		PerformanceID: domain.PerformanceID(r.Text(`{"performanceId":"`)),
		Seat:          int(r.Number(`,"seat":`)),
		ReservationID: domain.ReservationID(r.Text(`,"reservationId":"`)),
		UserID:        domain.UserID(r.Text(`,"userId":"`)),
		Price:         domain.Money(r.Number(`,"price":`)),
		HoldMs:        r.Number(`,"holdMs":`),
	}, r.Done()
}

func readReleased(payload []byte) (Released, bool) {
	r := canonical.Read(string(payload))
	return Released{
		PerformanceID: domain.PerformanceID(r.Text(`{"performanceId":"`)),
		Seat:          int(r.Number(`,"seat":`)),
		ReservationID: domain.ReservationID(r.Text(`,"reservationId":"`)),
		Reason:        Reason(r.Text(`,"reason":"`)),
	}, r.Done()
}

func readSold(payload []byte) (Sold, bool) {
	r := canonical.Read(string(payload))
	return Sold{
		PerformanceID: domain.PerformanceID(r.Text(`{"performanceId":"`)),
		Seat:          int(r.Number(`,"seat":`)),
		ReservationID: domain.ReservationID(r.Text(`,"reservationId":"`)),
		UserID:        domain.UserID(r.Text(`,"userId":"`)),
		PaymentID:     domain.PaymentID(r.Text(`,"paymentId":"`)),
		Price:         domain.Money(r.Number(`,"price":`)),
	}, r.Done()
}
