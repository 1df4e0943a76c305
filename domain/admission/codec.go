package admission

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
	case TypeSpent:
		return decode(payload, readSpent)
	case TypeGivenUp:
		return decode(payload, readGivenUp)
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

func readSpent(payload []byte) (Spent, bool) {
	r := canonical.Read(string(payload))
	return Spent{
		AdmissionID: domain.AdmissionID(r.Text(`{"admissionId":"`)),
		UserID:      domain.UserID(r.Text(`,"userId":"`)),
		ConcertID:   domain.ConcertID(r.Text(`,"concertId":"`)),
		PaymentID:   domain.PaymentID(r.Text(`,"paymentId":"`)),
	}, r.Done()
}

func readGivenUp(payload []byte) (GivenUp, bool) {
	r := canonical.Read(string(payload))
	return GivenUp{
		AdmissionID: domain.AdmissionID(r.Text(`{"admissionId":"`)),
		UserID:      domain.UserID(r.Text(`,"userId":"`)),
		ConcertID:   domain.ConcertID(r.Text(`,"concertId":"`)),
	}, r.Done()
}
