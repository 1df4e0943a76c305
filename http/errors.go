package http

import (
	"time"

	"github.com/holdfast-dev/holdfast/domain"
)

// Error is an answer that is no success, in the words of the protocol.
type Error struct {
	Code domain.Code
	// Detail is written for the person who gets it.
	Detail string
	// Fields names every broken field of an invalid request.
	Fields []Field
	// Seats names the seats that the refusal is about.
	Seats []int
	// RetryAfter is when to try again; used with 429 and 503 only, where zero
	// stands for a second.
	RetryAfter time.Duration
	// Cause is logged and never shown.
	Cause error
}

// Field is one broken field. Either Pointer or Parameter is set.
type Field struct {
	// Pointer is a JSON pointer (RFC 6901) into the body; the body as a whole
	// is "", which is why the answer leaves it out.
	Pointer string
	// Parameter is the name of a query parameter or header.
	Parameter string
	Detail    string
}

// Error implements the error interface.
func (e *Error) Error() string {
	if e.Cause != nil {
		return string(e.Code) + ": " + e.Detail + ": " + e.Cause.Error()
	}
	return string(e.Code) + ": " + e.Detail
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Cause }

func refuse(code domain.Code, detail string) *Error { return &Error{Code: code, Detail: detail} }

// errUnauthenticated is the one answer to every token that is not good.
var errUnauthenticated = refuse(CodeUnauthenticated, "Send a bearer token that is good for this operation in the Authorization header.")
