package http

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/holdfast-dev/holdfast/http/api"
)

const (
	// defaultEvents is how many events a page has if nothing is said.
	defaultEvents = 100
	// readAhead is how many events are read from the log at a time.
	readAhead = 1000
	// maxScanned bounds how many events one page is looked for in. A page
	// that is cut short by it says where to go on.
	maxScanned = 100_000
)

// ListEvents reads the log, as a page or as lines.
func (h *handlers) ListEvents(ctx context.Context, r api.ListEventsRequestObject) (api.ListEventsResponseObject, error) {
	scan := scanOf(h.Log, r.Params)
	if callOf(ctx).mediaType == mediaNDJSON {
		head, err := h.Log.Head(ctx)
		if err != nil {
			return nil, err
		}
		lines := &eventLines{scan: scan, head: head, limit: r.Params.Limit, timeout: h.Timeout}
		return visitEvents(func(w http.ResponseWriter) error { return lines.write(ctx, w) }), nil
	}
	ctx, cancel := context.WithTimeout(ctx, h.Timeout)
	defer cancel()
	limit := defaultEvents
	if r.Params.Limit != nil {
		limit = int(*r.Params.Limit)
	}
	page := api.EventPage{Events: make([]api.Event, 0, limit)}
	more, err := scan.each(ctx, maxScanned, func(e LoggedEvent) bool {
		page.Events = append(page.Events, eventOf(e))
		return len(page.Events) < limit
	})
	if err != nil {
		return nil, err
	}
	if more {
		page.Next = &scan.after
	}
	return api.ListEvents200JSONResponse(page), nil
}

// eventScan reads the events that a request is about.
type eventScan struct {
	log EventLog
	// after is the position behind which to go on.
	after  int64
	stream string
	kind   string
}

func scanOf(log EventLog, params api.ListEventsParams) *eventScan {
	s := &eventScan{log: log}
	if params.After != nil {
		s.after = *params.After
	}
	if params.Stream != nil {
		s.stream = *params.Stream
	}
	if params.Type != nil {
		s.kind = *params.Type
	}
	return s
}

// each visits the events that are wanted, in order, until visit returns false
// or most of them have been looked at. More reports that the log may have
// others.
func (s *eventScan) each(ctx context.Context, most int, visit func(LoggedEvent) bool) (more bool, err error) {
	for scanned := 0; scanned < most; {
		events, err := s.next(ctx)
		if err != nil {
			return false, err
		}
		for _, e := range events {
			scanned++
			s.after = e.Position
			if (s.kind == "" || s.kind == e.Type) && !visit(e) {
				return true, nil
			}
		}
		if len(events) < readAhead {
			return false, nil
		}
	}
	return true, nil
}

func (s *eventScan) next(ctx context.Context) ([]LoggedEvent, error) {
	if s.stream != "" {
		return s.log.ReadStream(ctx, s.stream, s.after, readAhead)
	}
	return s.log.Read(ctx, s.after, readAhead)
}

func eventOf(e LoggedEvent) api.Event {
	event := api.Event{
		Position:   e.Position,
		Stream:     e.Stream,
		Version:    e.Version,
		Type:       e.Type,
		RecordedAt: e.RecordedAt.UTC(),
		Metadata:   e.Metadata,
		Payload:    e.Payload,
	}
	if e.Tag != "" {
		event.Tag = &e.Tag
	}
	return event
}

// visitEvents is an answer that writes itself.
type visitEvents func(w http.ResponseWriter) error

// VisitListEventsResponse implements [api.ListEventsResponseObject].
func (v visitEvents) VisitListEventsResponse(w http.ResponseWriter) error { return v(w) }

// eventLines writes events as lines of JSON, up to the head of the log as it
// stood at the request.
type eventLines struct {
	scan    *eventScan
	head    int64
	limit   *int32
	timeout time.Duration
	line    bytes.Buffer
}

// write sends the lines. An error in the middle breaks the connection off; see
// [breakOff].
func (l *eventLines) write(ctx context.Context, w http.ResponseWriter) error {
	control := http.NewResponseController(w)
	w.Header().Set("Content-Type", mediaNDJSON)
	w.WriteHeader(http.StatusOK)
	if callOf(ctx).headOnly {
		return nil
	}
	written := int32(0)
	var writing error
	_, err := l.scan.each(ctx, int(l.head)+1, func(e LoggedEvent) bool {
		if e.Position > l.head {
			return false
		}
		writing = l.writeLine(w, control, e)
		written++
		return writing == nil && (l.limit == nil || written < *l.limit)
	})
	if err := errors.Join(err, writing); err != nil {
		return err
	}
	// Since the last line that was wanted, the search may have gone on for
	// longer than a write may take; what is left is sent on return.
	return extendWrite(control, l.timeout)
}

// writeLine sends one event. A client that has gone, or reads too slowly, has
// cancelled its request.
func (l *eventLines) writeLine(w http.ResponseWriter, control *http.ResponseController, e LoggedEvent) error {
	l.line.Reset()
	if err := json.NewEncoder(&l.line).Encode(eventOf(e)); err != nil {
		return err
	}
	err := extendWrite(control, l.timeout)
	if err == nil {
		_, err = w.Write(l.line.Bytes())
	}
	if err != nil {
		return fmt.Errorf("%w: %w", context.Canceled, err)
	}
	return nil
}
