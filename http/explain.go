package http

import (
	"context"
	"errors"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/holdfast-dev/holdfast/domain"
	"github.com/holdfast-dev/holdfast/query"
	"github.com/holdfast-dev/holdfast/waitingroom"
)

// Fault says which code answers an error of a store. This package does not
// know the stores; who wires it does.
type Fault struct {
	// Err is looked for with [errors.Is].
	Err  error
	Code domain.Code
}

// details are the texts of faults, which have none of their own to show.
var details = map[domain.Code]string{
	CodeInternal:                "The request could not be carried out because of a fault on this side. It is logged under the X-Request-Id of this answer.",
	CodeTimeout:                 "The answer took too long. If this was a command, repeat it with the same idempotency key to learn what became of it.",
	CodeStoreUnavailable:        "The store can't be reached. If this was a command, repeat it with the same idempotency key to learn what became of it.",
	CodeConflict:                "What this request is about kept changing. Nothing was done; repeat it.",
	CodeProjectionBehind:        "The position that was asked for is not visible yet. Repeat the request.",
	domain.CodeQueueUnavailable: "The waiting room can't be reached. Nobody loses a place by this; repeat the request.",
	domain.CodeKeyReused:        "This idempotency key was used for another request. Nothing was done.",
}

// explainer makes answers out of errors.
type explainer struct {
	faults []Fault
}

// explain makes the answer out of any error that a handler or a middleware
// returned. What it does not know is a fault of the program.
func (x explainer) explain(err error) *Error {
	if known, ok := errors.AsType[*Error](err); ok {
		return known
	}
	if refusal, ok := errors.AsType[*domain.Error](err); ok {
		return explainRefusal(refusal, err)
	}
	if errors.Is(err, query.ErrBehind) {
		return because(CodeProjectionBehind, err)
	}
	for _, fault := range x.faults {
		if errors.Is(err, fault.Err) {
			return because(fault.Code, err)
		}
	}
	if he, ok := errors.AsType[*echo.HTTPError](err); ok {
		return explainStatus(he)
	}
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		return because(CodeTimeout, err)
	}
	return because(CodeInternal, err)
}

// because makes the answer to a fault, with the standing text of its code.
func because(code domain.Code, cause error) *Error {
	return &Error{Code: code, Detail: details[code], Cause: cause}
}

// explainRefusal turns a rule's refusal into an answer. A spent admission
// looks like any other token that is not good.
func explainRefusal(refusal *domain.Error, err error) *Error {
	if refusal.Code == domain.CodeAdmissionSpent {
		return errUnauthenticated
	}
	e := &Error{Code: refusal.Code, Detail: refusal.Detail, Seats: refusal.Seats, Cause: err}
	if retry, ok := errors.AsType[*waitingroom.RetryError](err); ok {
		e.RetryAfter = retry.After
	}
	for _, f := range refusal.Fields {
		e.Fields = append(e.Fields, Field{Pointer: f.Pointer, Detail: f.Detail})
	}
	return e
}

// explainStatus turns what echo and the generated code refuse by themselves
// into an answer.
func explainStatus(he *echo.HTTPError) *Error {
	switch {
	case he.Code == http.StatusNotFound:
		return refuse(CodeNotFound, "There is nothing at this address.")
	case he.Code == http.StatusMethodNotAllowed:
		return refuse(CodeMethodNotAllowed, "This method is not allowed here. The Allow header lists those that are.")
	case he.Code >= http.StatusInternalServerError:
		return because(CodeInternal, he)
	default:
		return &Error{Code: CodeMalformedRequest, Detail: "The request can't be read.", Cause: he}
	}
}
