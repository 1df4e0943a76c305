package domain

import (
	"errors"
	"fmt"

	"github.com/go-json-experiment/json"
)

// Event is one fact of an aggregate, in the shape in which it is stored.
type Event interface {
	// Type returns the wire name with its version: "seat.held.v1". It is
	// written out where the event is defined and never changes.
	Type() string
}

// UnknownTypeError says that a stream holds an event that its aggregate has
// no name for. It is never skipped: a state without it would be wrong.
type UnknownTypeError struct {
	Type string
}

// Error implements the error interface.
func (e *UnknownTypeError) Error() string { return fmt.Sprintf("unknown event type %q", e.Type) }

var (
	errNotObject = errors.New("payload is not a JSON object")

	// A stored shape never grows a member: another shape is another version
	// of the type, so a member without a field is a fault of the log.
	strict = json.RejectUnknownMembers(true)
)

// EncodeEvent returns the payload of an event: JSON text without white space,
// members in the order of the fields. Equal events give equal bytes.
func EncodeEvent(e Event) ([]byte, error) {
	payload, err := json.Marshal(e)
	if err != nil {
		return nil, fmt.Errorf("encode %s: %w", e.Type(), err)
	}
	return payload, nil
}

// DecodeEvent reads the payload of an event of type E. It refuses duplicate
// and unknown members, wrong kinds, invalid UTF-8 and trailing text. It does
// not judge the values: what is in the log has been decided.
func DecodeEvent[E Event](payload []byte) (E, error) {
	var e E
	if len(payload) == 0 || payload[0] != '{' {
		return e, fmt.Errorf("decode %s: %w", e.Type(), errNotObject)
	}
	if err := json.Unmarshal(payload, &e, strict); err != nil {
		return e, fmt.Errorf("decode %s: %w", e.Type(), err)
	}
	return e, nil
}
