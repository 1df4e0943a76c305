package wallet

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
	case TypeCharged:
		return decode(payload, readCharged)
	case TypeDebited:
		return decode(payload, readDebited)
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

func readCharged(r *canonical.Reader) Charged {
	return Charged{
		ChargeID: domain.ChargeID(r.Text(`{"chargeId":"`)),
		UserID:   domain.UserID(r.Text(`,"userId":"`)),
		Amount:   domain.Money(r.Number(`,"amount":`)),
		Balance:  domain.Money(r.Number(`,"balance":`)),
	}
}

func readDebited(r *canonical.Reader) Debited {
	return Debited{
		PaymentID:     domain.PaymentID(r.Text(`{"paymentId":"`)),
		ReservationID: domain.ReservationID(r.Text(`,"reservationId":"`)),
		UserID:        domain.UserID(r.Text(`,"userId":"`)),
		Amount:        domain.Money(r.Number(`,"amount":`)),
		Balance:       domain.Money(r.Number(`,"balance":`)),
	}
}
