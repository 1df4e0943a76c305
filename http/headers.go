package http

import "net/http"

// Names of headers, as net/http spells them in its maps.
const (
	headerIdempotencyKey = "Idempotency-Key"
	headerRequestID      = "X-Request-Id"
	headerETag           = "Etag"
	headerIfNoneMatch    = "If-None-Match"
	headerTraceParent    = "Traceparent"
)

// canonicalHeader returns a header's name as net/http spells it in its maps.
func canonicalHeader(name string) string { return http.CanonicalHeaderKey(name) }
