package reactors

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/ThreeDotsLabs/watermill/message/router/middleware"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"github.com/holdfast-dev/holdfast/relay/envelope"
)

// attemptsKey is where a message counts the calls of its handler.
const attemptsKey = "holdfast_attempts"

// chain is what stands between the router and the handler of a reactor, the
// outermost first.
func (r *round) chain() ([]message.HandlerMiddleware, error) {
	poison, err := middleware.PoisonQueueWithFilter(r.letters, deadLetters, func(err error) bool {
		return !errors.Is(err, ErrAway) && r.soft.Err() == nil
	})
	if err != nil {
		return nil, fmt.Errorf("dead letters of %s: %w", r.reactor.Name, err)
	}
	retry := middleware.Retry{
		MaxRetries:          r.reactor.Tries - 1,
		InitialInterval:     r.reactor.FirstPause,
		MaxInterval:         r.reactor.LongestPause,
		Multiplier:          2,
		ResetContextOnRetry: true,
		ShouldRetry: func(p middleware.RetryParams) bool {
			return !errors.Is(p.Err, ErrAway) && !errors.Is(p.Err, ErrHopeless)
		},
	}
	// The poison queue must be outside of the retries, or every first error
	// would end there.
	return []message.HandlerMiddleware{
		r.gate.middleware, r.account, poison, retry.Middleware, r.try, r.traced, middleware.Recoverer, readable,
	}, nil
}

// account lets a message wait for its next try only while the reactor is not
// to stop, and ends the round with what the inner ones could not deal with.
func (r *round) account(next message.HandlerFunc) message.HandlerFunc {
	return func(msg *message.Message) ([]*message.Message, error) {
		ctx, cancel := context.WithCancel(msg.Context())
		defer cancel()
		defer context.AfterFunc(r.soft, cancel)()
		msg.SetContext(ctx)
		if _, err := next(msg); err != nil {
			r.stop(err)
			return nil, errShut
		}
		r.tally.settled()
		return nil, nil
	}
}

// try is one call of the handler. Its context ends by the reactor's time-out
// and, when the reactor stops, only after the patience for that.
func (r *round) try(next message.HandlerFunc) message.HandlerFunc {
	return func(msg *message.Message) ([]*message.Message, error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(msg.Context()), r.reactor.Timeout)
		defer cancel()
		defer context.AfterFunc(r.hard, cancel)()
		msg.SetContext(ctx)
		attempts, _ := strconv.Atoi(msg.Metadata.Get(attemptsKey))
		msg.Metadata.Set(attemptsKey, strconv.Itoa(attempts+1))
		_, err := next(msg)
		r.tally.tried(err)
		return nil, err
	}
}

// traced goes on with the trace of the command that recorded the event.
func (r *round) traced(next message.HandlerFunc) message.HandlerFunc {
	tracer := r.opts.Tracing.Tracer("github.com/holdfast-dev/holdfast/reactors")
	return func(msg *message.Message) ([]*message.Message, error) {
		var w3c propagation.TraceContext
		ctx := w3c.Extract(msg.Context(), propagation.MapCarrier{"traceparent": msg.Metadata.Get(envelope.HeaderTraceParent)})
		ctx, span := tracer.Start(ctx, "react "+r.reactor.Name, trace.WithSpanKind(trace.SpanKindConsumer), trace.WithAttributes(
			attribute.String("holdfast.position", msg.UUID),
			attribute.String("holdfast.type", msg.Metadata.Get(envelope.HeaderType)),
		))
		defer span.End()
		msg.SetContext(ctx)
		_, err := next(msg)
		if err != nil {
			span.SetStatus(codes.Error, "the reactor failed")
		}
		return nil, err
	}
}

// readable keeps events from the handler that could not be made messages of.
func readable(next message.HandlerFunc) message.HandlerFunc {
	return func(msg *message.Message) ([]*message.Message, error) {
		if why := msg.Metadata.Get(unreadable); why != "" {
			return nil, fmt.Errorf("%s: %w", why, ErrHopeless)
		}
		return next(msg)
	}
}
