package domain

import (
	"errors"
	"fmt"
)

// Code is the stable, machine-readable name of a refusal. Codes are part of
// the HTTP contract: clients branch on them, so a code is never renamed.
type Code string

// Refusals that follow from a rule. What they mean to an HTTP client is
// decided in one table of package http.
const (
	CodeConcertNotFound     Code = "concert_not_found"
	CodePerformanceNotFound Code = "performance_not_found"
	CodeReservationNotFound Code = "reservation_not_found"
	CodeSeatNotFound        Code = "seat_not_found"
	CodeSeatUnavailable     Code = "seat_unavailable"
	CodeAlreadyConfirmed    Code = "already_confirmed"
	CodeAlreadyCancelled    Code = "already_cancelled"
	CodeHoldExpired         Code = "hold_expired"
	CodeInsufficientBalance Code = "insufficient_balance"
	CodeLimitExceeded       Code = "limit_exceeded"
	CodeInvalidRequest      Code = "invalid_request"
	CodeAdmissionSpent      Code = "admission_spent"
	CodeNotAdmitted         Code = "not_admitted"
	CodeKeyReused           Code = "idempotency_key_reused"
	CodeQueueClosed         Code = "queue_closed"
	CodeQueueUnavailable    Code = "queue_unavailable"
	CodeRateLimited         Code = "rate_limited"
	// CodeConflict is for what cannot be done in the present state and has
	// no code that says it more precisely.
	CodeConflict Code = "conflict"
)

// Error is a refusal: the command was understood, a rule said no, and nothing
// was written. Detail is written for the person who gets it and never names
// anybody else's data.
type Error struct {
	Code   Code
	Detail string
	// Seats names the seats that the refusal is about, if it is about seats.
	Seats []int
	// Fields names what was wrong with each field of an invalid request.
	Fields []FieldError
}

// FieldError is one broken field; Pointer is a JSON pointer (RFC 6901) into
// the request body.
type FieldError struct {
	Pointer string
	Detail  string
}

// Error implements the error interface.
func (e *Error) Error() string { return string(e.Code) + ": " + e.Detail }

// Refuse makes a refusal with a formatted detail.
func Refuse(code Code, format string, args ...any) *Error {
	return &Error{Code: code, Detail: fmt.Sprintf(format, args...)}
}

// Invalid makes the refusal of a request with broken fields.
func Invalid(fields ...FieldError) *Error {
	return &Error{Code: CodeInvalidRequest, Detail: "The request breaks the rules listed under errors.", Fields: fields}
}

// CodeOf returns the code of the refusal in err's chain, or "" if there is none.
func CodeOf(err error) Code {
	if refusal, ok := errors.AsType[*Error](err); ok {
		return refusal.Code
	}
	return ""
}
