package http

import (
	"context"

	"github.com/holdfast-dev/holdfast/command"
	"github.com/holdfast-dev/holdfast/http/api"
	"github.com/holdfast-dev/holdfast/query"
)

// handlers implements the operations of the contract, one file for each
// resource. What a request must be has been checked before: handlers see
// callers of the right kind, values within their bounds, and canonical ids.
type handlers struct {
	Config
	explainer
	metrics  *metrics
	draining <-chan struct{}
	// seatStreams holds a place for each stream of seats that may be open.
	seatStreams chan struct{}
}

var _ api.StrictServerInterface = (*handlers)(nil)

func newHandlers(s *Server, x explainer) *handlers {
	return &handlers{
		Config:      s.config,
		explainer:   x,
		metrics:     s.metrics,
		draining:    s.draining,
		seatStreams: make(chan struct{}, s.config.MaxStreams),
	}
}

// envelope is what goes along with every command.
func envelope(ctx context.Context, key api.IdempotencyKey) command.Envelope {
	call := callOf(ctx)
	return command.Envelope{
		Actor:          call.actor(),
		IdempotencyKey: key,
		Correlation:    call.requestID,
		TraceParent:    call.traceParent,
	}
}

// counted passes the outcome of a command on and counts it.
func counted[T any](h *handlers, name string) func(command.Accepted[T], error) (command.Accepted[T], error) {
	return func(accepted command.Accepted[T], err error) (command.Accepted[T], error) {
		if err != nil {
			h.metrics.command(name, false, h.explain(err).Code)
			return accepted, err
		}
		h.metrics.command(name, accepted.Replayed, "")
		return accepted, nil
	}
}

// positionOf returns the position that a query must have seen.
func positionOf(header *api.MinEventPosition) query.Position {
	if header == nil {
		return 0
	}
	return query.Position(*header)
}
