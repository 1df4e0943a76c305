package envelope

import (
	"time"

	"github.com/holdfast-dev/holdfast/eventstore"
)

// Envelope is an event as a message carries it.
type Envelope struct {
	// Source names the log that the event is in. Positions of different
	// sources have nothing to do with each other.
	Source string
	// Position is the place in the log: the deduplication key, and without
	// gaps, so a consumer of everything can tell that nothing is missing.
	Position eventstore.Position
	Stream   string
	Version  eventstore.Version
	// Type is the wire type: "seat.held.v1".
	Type string
	// RecordedAt is the store's time, UTC, in microseconds.
	RecordedAt time.Time
	// Metadata says where the event came from.
	Metadata eventstore.Metadata
	// Payload is the event's JSON text, exactly as it is in the log.
	Payload []byte
	// Replay is true on what was sent again on purpose.
	Replay bool
	// Origin is where the message stood, the zero value if it came from no
	// broker.
	Origin Origin
}

// Origin is a place in Kafka.
type Origin struct {
	Topic     string
	Partition int32
	Offset    int64
}
