package eventstore

import (
	"encoding/json"
	"fmt"
	"time"
)

// Position is an event's place in the log, counted from 1. Position 0 stands
// before the first event.
type Position int64

// Version is an event's place in its stream, counted from 1. Version 0 is the
// stream that has no event.
type Version int64

// Event is one recorded fact.
type Event struct {
	Position Position
	Stream   string
	Version  Version
	// Type is the wire name, with its version: "seat.held.v1".
	Type string
	// Tag is a second name under which the event is found and guarded, or "".
	Tag string
	// Payload is the event's JSON text, exactly as it was appended.
	Payload []byte
	// Metadata is the JSON text of a [Metadata].
	Metadata []byte
	// RecordedAt is the store's time of the append, UTC, in microseconds.
	RecordedAt time.Time
	// Fact is that of the [NewEvent] if this process appended it, else nil.
	Fact any
}

// NewEvent is a fact that is about to be appended.
type NewEvent struct {
	// Stream is where the event goes: 1 to 200 bytes.
	Stream string
	// Type is the wire name, 1 to 100 bytes.
	Type string
	// Tag, if not empty, puts the event under a second name too, so that a
	// decision can read all events of several streams that share the tag
	// (the idea is that of Dynamic Consistency Boundaries, dcb.events).
	Tag string
	// Payload is JSON text, at most 1 MiB.
	Payload []byte
	// Fact is what the payload says, or nil. A [Model] may fold it instead of
	// decoding the payload, so it must be equal to what that gives, and nobody
	// changes it any more.
	Fact any
}

// Metadata says where an event came from. It carries ids, never personal data.
type Metadata struct {
	// Actor is who sent the command: "user:<id>", "admin:<name>", "system:<part>".
	Actor string `json:"actor,omitempty"`
	// Command is the name of the command that decided the event: "hold_seats".
	Command string `json:"command,omitempty"`
	// Correlation is the id of the request.
	Correlation string `json:"correlation,omitempty"`
	// TraceParent is the W3C trace context of the request.
	TraceParent string `json:"traceparent,omitempty"`
}

// DecodeMetadata reads the metadata of an event.
func (e Event) DecodeMetadata() (Metadata, error) {
	var m Metadata
	if err := json.Unmarshal(e.Metadata, &m); err != nil {
		return Metadata{}, fmt.Errorf("metadata of event %d (%s): %w", e.Position, e.Type, err)
	}
	return m, nil
}
