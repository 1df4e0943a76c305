package http

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"github.com/holdfast-dev/holdfast/domain"
	"github.com/holdfast-dev/holdfast/http/api"
	"github.com/holdfast-dev/holdfast/internal/token"
	"github.com/holdfast-dev/holdfast/query"
)

// StreamSeats follows the seats of a performance of the concert that the
// caller is admitted to, until the admission ends.
func (h *handlers) StreamSeats(ctx context.Context, r api.StreamSeatsRequestObject) (api.StreamSeatsResponseObject, error) {
	select {
	case h.seatStreams <- struct{}{}:
	default:
		return nil, &Error{
			Code:       domain.CodeRateLimited,
			Detail:     "Too many streams are open here. Ask for the seats of the date instead.",
			RetryAfter: h.Heartbeat,
		}
	}
	place, _ := callOf(ctx).place()
	s := &seatStream{handlers: h, call: callOf(ctx), place: place, performance: r.PerformanceID}
	if r.Params.LastEventID != nil {
		s.seen = *r.Params.LastEventID
	}
	var err error
	if s.watch, err = s.begin(ctx); err != nil {
		<-h.seatStreams
		return nil, err
	}
	return visitSeatStream(func(w http.ResponseWriter) error { return s.write(ctx, w) }), nil
}

// visitSeatStream is an answer that writes itself.
type visitSeatStream func(w http.ResponseWriter) error

// VisitStreamSeatsResponse implements [api.StreamSeatsResponseObject].
func (v visitSeatStream) VisitStreamSeatsResponse(w http.ResponseWriter) error { return v(w) }

// seatStream sends the seats of one performance.
type seatStream struct {
	*handlers
	call *call
	// place carries the admission that opens the stream.
	place       token.Queue
	performance domain.PerformanceID
	watch       SeatWatch
	// seen is the id of the last event that the client has.
	seen string
}

func (s *seatStream) begin(ctx context.Context) (SeatWatch, error) {
	return s.Questions.WatchSeats.Ask(ctx, s.place.ConcertID, s.performance, 0)
}

func (s *seatStream) write(ctx context.Context, w http.ResponseWriter) error {
	defer func() { <-s.seatStreams }()
	defer func() { s.watch.Close() }()
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
		if err := s.sendSnapshot(stream); err != nil {
			return nil // the client has gone
		}
		again, err := s.sendChanges(ctx, stream)
		if err != nil || !again {
			return nil
		}
		// The client reads too slowly for the changes: it gets all seats anew.
		s.watch.Close()
		watch, err := s.begin(ctx)
		if err != nil {
			return stream.sendProblem(s.explain(err), s.call.instance)
		}
		s.watch = watch
	}
}

// sendSnapshot sends all seats unless the client has seen them as they are.
func (s *seatStream) sendSnapshot(stream *eventStream) error {
	_, revision := s.watch.Snapshot()
	if revision == s.seen {
		return stream.beat()
	}
	s.seen = revision
	return stream.send(revision, "snapshot", s.watch.AppendSnapshot(nil))
}

// sendChanges sends changes, with heartbeats where there are none, until the
// admission is over. Again reports that the watch has been dropped.
func (s *seatStream) sendChanges(ctx context.Context, stream *eventStream) (again bool, err error) {
	for s.Clock().Before(s.place.AdmittedUntil) && !s.Admissions.AdmissionOver(s.place.AdmissionID) {
		changes, more, err := s.nextChanges(ctx)
		switch {
		case errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil:
			err = stream.beat()
		case err == nil && !more:
			return true, nil
		case err == nil:
			err = s.sendChange(stream, changes)
		}
		if err != nil {
			return false, err
		}
	}
	return false, nil
}

func (s *seatStream) nextChanges(ctx context.Context) (query.SeatChanges, bool, error) {
	ctx, cancel := context.WithTimeout(ctx, s.Heartbeat)
	defer cancel()
	return s.watch.Next(ctx)
}

func (s *seatStream) sendChange(stream *eventStream, changes query.SeatChanges) error {
	change := api.SeatChange{
		PerformanceID:  s.performance,
		SeatsAvailable: changes.Available,
		Seats:          make([]api.Seat, len(changes.Seats)),
	}
	for i, seat := range changes.Seats {
		change.Seats[i] = api.Seat{Number: seat.Number, State: api.SeatState(seat.State), Price: seat.Price}
	}
	data, err := json.Marshal(change)
	if err != nil {
		return err
	}
	s.seen = changes.Revision
	return stream.send(changes.Revision, "change", data)
}
