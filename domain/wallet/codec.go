package wallet

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
	case TypeCharged:
		return decode(payload, readCharged)
	case TypeDebited:
		return decode(payload, readDebited)
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

func readCharged(payload []byte) (Charged, bool) {
	r := canonical.Read(string(payload))
	return Charged{
		ChargeID: domain.ChargeID(r.Text(`{"chargeId":"`)),
		UserID:   domain.UserID(r.Text(`,"userId":"`)),
		Amount:   domain.Money(r.Number(`,"amount":`)),
		Balance:  domain.Money(r.Number(`,"balance":`)),
	}, r.Done()
}

func readDebited(payload []byte) (Debited, bool) {
	r := canonical.Read(string(payload))
	return Debited{
		PaymentID:     domain.PaymentID(r.Text(`{"paymentId":"`)),
		ReservationID: domain.ReservationID(r.Text(`,"reservationId":"`)),
		UserID:        domain.UserID(r.Text(`,"userId":"`)),
		Amount:        domain.Money(r.Number(`,"amount":`)),
		Balance:       domain.Money(r.Number(`,"balance":`)),
	}, r.Done()
}
