package http

import (
	"net/http"

	"github.com/labstack/echo/v4"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
)

// traceRequests goes on with the trace of the client, or begins one, and
// records a span for the request. Events carry the span's context.
func traceRequests(provider trace.TracerProvider) echo.MiddlewareFunc {
	tracer := provider.Tracer("github.com/holdfast-dev/holdfast/http")
	var w3c propagation.TraceContext
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			r := c.Request()
			ctx := w3c.Extract(r.Context(), propagation.HeaderCarrier(r.Header))
			ctx, span := tracer.Start(ctx, r.Method+" "+routeOf(c), trace.WithSpanKind(trace.SpanKindServer))
			defer span.End()
			carrier := propagation.MapCarrier{}
			w3c.Inject(ctx, carrier)
			call := callOf(ctx)
			call.traceParent = carrier.Get("traceparent")
			c.SetRequest(r.WithContext(ctx))
			err := next(c)
			status := statusOf(c)
			span.SetAttributes(
				attribute.String("http.request.method", r.Method),
				attribute.String("http.route", routeOf(c)),
				attribute.Int("http.response.status_code", status),
				attribute.String("holdfast.request_id", call.requestID),
				attribute.String("holdfast.code", string(call.code)),
			)
			if status >= http.StatusInternalServerError {
				span.SetStatus(codes.Error, string(call.code))
			}
			return err
		}
	}
}

// continueTrace notes the client's trace context for the events of a command,
// where no tracing is set up here. One that is not in the form of the W3C's
// recommendation is left out.
func continueTrace(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		r := c.Request()
		if given := r.Header.Get(headerTraceParent); given != "" {
			var w3c propagation.TraceContext
			ctx := w3c.Extract(r.Context(), propagation.MapCarrier{"traceparent": given})
			carrier := propagation.MapCarrier{}
			w3c.Inject(ctx, carrier)
			callOf(r.Context()).traceParent = carrier.Get("traceparent")
		}
		return next(c)
	}
}
