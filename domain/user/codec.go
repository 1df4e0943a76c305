package user

import "github.com/holdfast-dev/holdfast/domain"

// Encode returns the payload of an event.
func Encode(e Event) ([]byte, error) { return domain.EncodeEvent(e) }

// Decode reads the payload of an event of the given wire type. A type that
// is none of this package's is a [domain.UnknownTypeError].
func Decode(wireType string, payload []byte) (Event, error) {
	if wireType != TypeForgotten {
		return nil, &domain.UnknownTypeError{Type: wireType}
	}
	e, err := domain.DecodeEvent[Forgotten](payload)
	if err != nil {
		return nil, err
	}
	return e, nil
}
