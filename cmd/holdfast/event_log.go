package main

import (
	"context"

	"github.com/holdfast-dev/holdfast/domain/user"
	"github.com/holdfast-dev/holdfast/eventstore"
	"github.com/holdfast-dev/holdfast/http"
)

// eventLog shows the log to operators.
type eventLog struct {
	log *eventstore.Log
	// veil covers the users that were forgotten.
	veil func() user.Veil
}

// Head implements [http.EventLog].
func (l eventLog) Head(ctx context.Context) (int64, error) {
	head, err := l.log.Head(ctx)
	return int64(head.Position), err
}

// Read implements [http.EventLog].
func (l eventLog) Read(ctx context.Context, after int64, limit int) ([]http.LoggedEvent, error) {
	events, err := l.log.Read(ctx, eventstore.Position(after), limit)
	return l.shown(events), err
}

// ReadStream implements [http.EventLog].
func (l eventLog) ReadStream(ctx context.Context, stream string, after int64, limit int) ([]http.LoggedEvent, error) {
	events, err := l.log.ReadStreamAfter(ctx, stream, eventstore.Position(after), limit)
	return l.shown(events), err
}

func (l eventLog) shown(events []eventstore.Event) []http.LoggedEvent {
	veil := l.veil()
	shown := make([]http.LoggedEvent, len(events))
	for i, e := range events {
		e = veiled(veil, e)
		shown[i] = http.LoggedEvent{
			Position: int64(e.Position), Stream: e.Stream, Version: int64(e.Version), Type: e.Type, Tag: e.Tag,
			Payload: e.Payload, Metadata: e.Metadata, RecordedAt: e.RecordedAt,
		}
	}
	return shown
}
