package http

import (
	"context"
	"time"

	"github.com/holdfast-dev/holdfast/domain"
	"github.com/holdfast-dev/holdfast/internal/token"
)

// call is what the middlewares have found out about a request. Each of them
// writes its own fields before the handler runs; one request is served by one
// goroutine.
type call struct {
	requestID string
	// began is when the request's headers had been read.
	began time.Time
	// instance is the path of the request, as problem details name it; "/" for
	// one that is too long to repeat.
	instance string
	// headOnly is set if the client wants no body.
	headOnly bool
	// traceParent is the W3C trace context to record with events, or "".
	traceParent string
	// bearer is who calls, nil where the operation needs nobody.
	bearer token.Bearer
	// rawToken is the bearer's token as it was sent.
	rawToken string
	// address is where the request comes from, as text.
	address string
	// wantedTags is the If-None-Match header of a query.
	wantedTags string
	// body is the JSON text of the body, already validated.
	body []byte
	// mediaType is the one of the operation's representations to answer with.
	mediaType string
	// code is that of the error that was answered, "" for a success.
	code domain.Code
	// cutShort is set if the answer had begun when the error came.
	cutShort bool
}

// callOf returns the call of the request that ctx belongs to; an empty one for
// a context from elsewhere.
func callOf(ctx context.Context) *call { return &requestOf(ctx).call }

// userID returns the user that calls, by an access or by a queue token.
func (c *call) userID() domain.UserID {
	switch b := c.bearer.(type) {
	case token.Access:
		return b.UserID
	case token.Queue:
		return b.UserID
	default:
		return ""
	}
}

// actor names who calls, as the log records it: "user:<id>", "admin:<name>"
// or "".
func (c *call) actor() string {
	if admin, ok := c.bearer.(token.Admin); ok {
		return "admin:" + admin.Name
	}
	if user := c.userID(); user != "" {
		return "user:" + string(user)
	}
	return ""
}

// place returns the place in a waiting room that the caller's token carries.
func (c *call) place() (token.Queue, bool) {
	place, ok := c.bearer.(token.Queue)
	return place, ok
}
