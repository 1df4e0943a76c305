package reservation

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
	case TypeConfirmed:
		return decode(payload, readConfirmed)
	case TypeCancelled:
		return decode(payload, readCancelled)
	case TypeExpired:
		return decode(payload, readExpired)
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
		ReservationID: domain.ReservationID(r.Text(`{"reservationId":"`)),
		UserID:        domain.UserID(r.Text(`,"userId":"`)),
		ConcertID:     domain.ConcertID(r.Text(`,"concertId":"`)),
		PerformanceID: domain.PerformanceID(r.Text(`,"performanceId":"`)),
		Date:          r.Text(`,"date":"`),
		Seats:         r.Numbers(`,"seats":[`),
		Price:         domain.Money(r.Number(`,"price":`)),
		HoldMs:        r.Number(`,"holdMs":`),
	}, r.Done()
}

func readConfirmed(payload []byte) (Confirmed, bool) {
	r := canonical.Read(string(payload))
	return Confirmed{
		ReservationID: domain.ReservationID(r.Text(`{"reservationId":"`)),
		UserID:        domain.UserID(r.Text(`,"userId":"`)),
		ConcertID:     domain.ConcertID(r.Text(`,"concertId":"`)),
		PerformanceID: domain.PerformanceID(r.Text(`,"performanceId":"`)),
		Date:          r.Text(`,"date":"`),
		Seats:         r.Numbers(`,"seats":[`),
		PaymentID:     domain.PaymentID(r.Text(`,"paymentId":"`)),
		Amount:        domain.Money(r.Number(`,"amount":`)),
		Balance:       domain.Money(r.Number(`,"balance":`)),
		AdmissionID:   domain.AdmissionID(r.Text(`,"admissionId":"`)),
	}, r.Done()
}

func readEnded(payload []byte) (Ended, bool) {
	r := canonical.Read(string(payload))
	return Ended{
		ReservationID: domain.ReservationID(r.Text(`{"reservationId":"`)),
		UserID:        domain.UserID(r.Text(`,"userId":"`)),
		ConcertID:     domain.ConcertID(r.Text(`,"concertId":"`)),
		PerformanceID: domain.PerformanceID(r.Text(`,"performanceId":"`)),
		Date:          r.Text(`,"date":"`),
		Seats:         r.Numbers(`,"seats":[`),
		Price:         domain.Money(r.Number(`,"price":`)),
		ExpiresAt:     r.Time(`,"expiresAt":"`),
	}, r.Done()
}

func readCancelled(payload []byte) (Cancelled, bool) {
	e, ok := readEnded(payload)
	return Cancelled(e), ok
}

func readExpired(payload []byte) (Expired, bool) {
	e, ok := readEnded(payload)
	return Expired(e), ok
}
