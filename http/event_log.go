package http

import (
	"context"
	"time"
)

// LoggedEvent is one recorded fact, as operators read it.
type LoggedEvent struct {
	Position int64
	Stream   string
	Version  int64
	Type     string
	// Tag is "" for most events.
	Tag string
	// Payload and Metadata are JSON objects.
	Payload    []byte
	Metadata   []byte
	RecordedAt time.Time
}

// EventLog is the log as operators read it.
type EventLog interface {
	// Head returns the last position, 0 if the log is empty.
	Head(ctx context.Context) (int64, error)
	// Read returns at most limit events after a position, in order.
	Read(ctx context.Context, after int64, limit int) ([]LoggedEvent, error)
	// ReadStream returns at most limit events of a stream after a position of
	// the log.
	ReadStream(ctx context.Context, stream string, after int64, limit int) ([]LoggedEvent, error)
}

// Follower is a part of the system that follows the log.
type Follower struct {
	// Name is that of a projection, "relay", or "reactor" and its name.
	Name string
	// Position is the last that it has worked on.
	Position int64
	// Trouble is what keeps it from going on, "" if nothing does.
	Trouble string
	// DeadLetters is how many events a reactor could not cope with and nobody has
	// settled yet; nil for who has no dead letters.
	DeadLetters *int64
}

// Followers tells how far each of them has come.
type Followers func(ctx context.Context) ([]Follower, error)
