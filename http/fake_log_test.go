package http_test

import (
	"context"
	"sync"

	"github.com/holdfast-dev/holdfast/domain"
	"github.com/holdfast-dev/holdfast/http"
)

// over is a set of admissions that are over.
type over struct {
	mu  sync.Mutex
	ids map[domain.AdmissionID]bool
}

// end ends the admission that all tokens of the tests carry.
func (o *over) end() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.ids[admissionID] = true
}

func (o *over) AdmissionOver(id domain.AdmissionID) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.ids[id]
}

// eventLog is a log in memory.
type eventLog struct {
	mu     sync.Mutex
	events []http.LoggedEvent
	err    error
}

func (l *eventLog) add(stream, kind string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	version := int64(1)
	for _, e := range l.events {
		if e.Stream == stream {
			version++
		}
	}
	l.events = append(l.events, http.LoggedEvent{
		Position: int64(len(l.events) + 1), Stream: stream, Version: version, Type: kind, RecordedAt: now,
		Payload: []byte(`{"n":1}`), Metadata: []byte(`{"actor":"user:1"}`),
	})
}

func (l *eventLog) Head(context.Context) (int64, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return int64(len(l.events)), l.err
}

func (l *eventLog) Read(_ context.Context, after int64, limit int) ([]http.LoggedEvent, error) {
	return l.find(limit, func(e http.LoggedEvent) bool { return e.Position > after })
}

func (l *eventLog) ReadStream(_ context.Context, stream string, after int64, limit int) ([]http.LoggedEvent, error) {
	return l.find(limit, func(e http.LoggedEvent) bool { return e.Stream == stream && e.Position > after })
}

func (l *eventLog) find(limit int, wanted func(http.LoggedEvent) bool) ([]http.LoggedEvent, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	var found []http.LoggedEvent
	for _, e := range l.events {
		if wanted(e) && len(found) < limit {
			found = append(found, e)
		}
	}
	return found, l.err
}

// endlessLog has events of one type at every position.
type endlessLog struct{}

func (endlessLog) Head(context.Context) (int64, error) { return 1 << 40, nil }

func (endlessLog) Read(_ context.Context, after int64, limit int) ([]http.LoggedEvent, error) {
	events := make([]http.LoggedEvent, limit)
	for i := range events {
		events[i] = http.LoggedEvent{
			Position: after + int64(i) + 1, Stream: "s", Version: after + int64(i) + 1, Type: "common.v1",
			Payload: []byte("{}"), Metadata: []byte("{}"),
		}
	}
	return events, nil
}

func (l endlessLog) ReadStream(ctx context.Context, _ string, after int64, limit int) ([]http.LoggedEvent, error) {
	return l.Read(ctx, after, limit)
}

// countingLog is an endless one that counts how often a stream is read.
type countingLog struct {
	endlessLog

	reads int
}

func (l *countingLog) ReadStream(ctx context.Context, stream string, after int64, limit int) ([]http.LoggedEvent, error) {
	l.reads++
	return l.endlessLog.ReadStream(ctx, stream, after, limit)
}

// breakingLog fails after its first page.
type breakingLog struct {
	http.EventLog

	fail func() error
}

func (l *breakingLog) Read(ctx context.Context, after int64, limit int) ([]http.LoggedEvent, error) {
	if after > 0 {
		return nil, l.fail()
	}
	return l.EventLog.Read(ctx, after, limit)
}

func failingFollowers(context.Context) ([]http.Follower, error) { return nil, errStoreAway }
