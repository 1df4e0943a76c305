package logcheck

import (
	"encoding/json"
	"time"
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
	payload     []byte
	recordedAt  time.Time
}

// decode reads the payload of r, which must be the JSON of a T.
func decode[T any](r record) (T, error) {
	var event T
	if err := json.Unmarshal(r.payload, &event); err != nil {
		return event, r.breaks(RuleShape, "payload is not the JSON of its type: %v", err)
	}
	return event, nil
}

// in requires that the event stands in the stream that its payload names.
func (r record) in(stream string) error {
	if r.stream != stream {
		return r.breaks(RuleShape, "payload belongs to stream %s", stream)
	}
	return nil
}
