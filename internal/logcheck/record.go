package logcheck

import (
	"time"

	"github.com/go-json-experiment/json"
)

// record is one row of the log, as far as the rules need it.
type record struct {
	position  int64
	stream    string
	version   int64
	eventType string
	tag       string
	// commandID is the idempotency digest, nil if the event does not lead a
	// command or the command had no key.
	commandID *[16]byte
	// commandSize is how many events the command has that this event leads,
	// 0 if it is not recorded.
	commandSize int
	payload     string
	recordedAt  time.Time
	// shape is the decoded payload, or the error of decoding it, if that has
	// been done ahead of the fold.
	shape any
}

// decodeAhead decodes the payload of a type that the rules are about.
func decodeAhead(r *record) {
	switch r.eventType {
	case performanceScheduled:
		r.shape = ahead[scheduledShape](r.payload)
	case seatHeld, seatReleased, seatSold:
		r.shape = ahead[seatShape](r.payload)
	case reservationHeld, reservationConfirmed, reservationCancelled, reservationExpired:
		r.shape = ahead[reservationShape](r.payload)
	case walletCharged, walletDebited:
		r.shape = ahead[walletShape](r.payload)
	case admissionSpent, admissionGivenUp:
		r.shape = ahead[admissionShape](r.payload)
	}
	r.payload = ""
}

func ahead[T any, S shape[T]](payload string) any {
	quick := new(T)
	if eachMember(payload, S(quick).set) {
		return quick
	}
	whole := new(T)
	if err := json.Unmarshal([]byte(payload), whole); err != nil {
		return err
	}
	return whole
}

// decode returns the payload of r, which must be the JSON of a T.
func decode[T any, S shape[T]](r record) (T, error) {
	if r.shape == nil {
		r.shape = ahead[T, S](r.payload)
	}
	event, fits := r.shape.(*T)
	if !fits {
		return *new(T), r.breaks(RuleShape, "payload is not the JSON of its type: %v", r.shape)
	}
	return *event, nil
}

// in requires that the event stands in the stream that its payload names.
func (r record) in(prefix, id string) error {
	if len(r.stream) != len(prefix)+len(id) || r.stream[:len(prefix)] != prefix || r.stream[len(prefix):] != id {
		return r.breaks(RuleShape, "payload belongs to stream %s%s", prefix, id)
	}
	return nil
}
