package http

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"

	"github.com/holdfast-dev/holdfast/domain"
	"github.com/holdfast-dev/holdfast/http/api"
	"github.com/holdfast-dev/holdfast/waitingroom"
)

// StreamQueue follows the caller's place until it is admitted or ends.
func (h *handlers) StreamQueue(ctx context.Context, r api.StreamQueueRequestObject) (api.StreamQueueResponseObject, error) {
	place, _ := callOf(ctx).place()
	watch, err := h.Rooms.Watch(ctx, waitingroom.Place(place))
	if err != nil {
		return nil, err
	}
	// The first view is there at once, unless a store is away: then, and if it
	// is refused, the answer is still an ordinary one.
	waiting, cancel := context.WithTimeout(ctx, h.Timeout)
	defer cancel()
	first, err := watch.Next(waiting)
	if err != nil {
		watch.Close()
		return nil, err
	}
	s := &queueStream{handlers: h, call: callOf(ctx), watch: watch, next: first}
	if r.Params.LastEventID != nil {
		s.seen = *r.Params.LastEventID
	}
	return visitQueueStream(func(w http.ResponseWriter) error { return s.write(ctx, w) }), nil
}

// visitQueueStream is an answer that writes itself.
type visitQueueStream func(w http.ResponseWriter) error

// VisitStreamQueueResponse implements [api.StreamQueueResponseObject].
func (v visitQueueStream) VisitStreamQueueResponse(w http.ResponseWriter) error { return v(w) }

// queueStream sends the views of one place.
type queueStream struct {
	*handlers
	call  *call
	watch PlaceWatch
	next  waitingroom.View
	// seen is the id of the last event that the client has.
	seen string
}

func (s *queueStream) write(ctx context.Context, w http.ResponseWriter) error {
	defer s.watch.Close()
	stream, err := openStream(w)
	if err != nil {
		return err
	}
	defer stream.end()
	s.metrics.streams.Inc()
	defer s.metrics.streams.Dec()
	ctx, cancel := s.untilDraining(ctx)
	defer cancel()
	for {
		if err := s.sendView(stream, s.next); err != nil {
			return nil // the client has gone
		}
		if err := s.wait(ctx, stream); err != nil {
			return s.end(stream, err)
		}
	}
}

// sendView sends a place unless the client has this event. An admission is
// sent again: its token must not get lost.
func (s *queueStream) sendView(stream *eventStream, view waitingroom.View) error {
	view = s.asTheLogKnows(view)
	id := string(view.Phase) + "-" + strconv.FormatInt(view.Position, 10)
	if id == s.seen && view.Phase == waitingroom.PhaseWaiting {
		return stream.beat()
	}
	state, err := s.queueState(view, s.call.unlessMoved(view.Place))
	if err != nil {
		return err
	}
	data, err := json.Marshal(state)
	if err != nil {
		return err
	}
	return stream.send(id, "state", data)
}

// wait waits for the next view, with heartbeats meanwhile.
func (s *queueStream) wait(ctx context.Context, stream *eventStream) error {
	for {
		beat, cancel := context.WithTimeout(ctx, s.Heartbeat)
		view, err := s.watch.Next(beat)
		due := beat.Err() != nil && ctx.Err() == nil
		cancel()
		switch {
		case err == nil:
			s.next = view
			return nil
		case !due || !errors.Is(err, context.DeadlineExceeded):
			return err
		}
		if err := stream.beat(); err != nil {
			return err
		}
	}
}

// end closes the stream. A refusal is its last event; everything else that
// ends a stream is told by its end.
func (s *queueStream) end(stream *eventStream, err error) error {
	if errors.Is(err, io.EOF) || domain.CodeOf(err) == "" {
		return nil
	}
	return stream.sendProblem(s.explain(err), s.call.instance)
}

// untilDraining returns a context that also ends when the server is asked to
// stop.
func (h *handlers) untilDraining(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	go func() {
		select {
		case <-h.draining:
			cancel()
		case <-ctx.Done():
		}
	}()
	return ctx, cancel
}
