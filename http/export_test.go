package http

import (
	"context"
	"time"

	"github.com/labstack/echo/v4"
)

// Routes lists what the router knows.
func (s *Server) Routes() []*echo.Route { return s.echo.Routes() }

// Operation is what the contract says of a route.
type Operation struct{ ID, Method, Path string }

// Operations lists the contract's.
func (s *Server) Operations() []Operation {
	var all []Operation
	for _, o := range s.contract.operations {
		all = append(all, Operation{ID: o.id, Method: o.method, Path: o.path})
	}
	return all
}

// Codes lists the codes with their statuses.
func Codes() map[string]int {
	codes := map[string]int{}
	for _, m := range meanings {
		codes[string(m.code)] = m.status
	}
	return codes
}

// WithLazyDeadline returns the context of a request with a deadline, and what
// releases it.
func WithLazyDeadline(parent context.Context, deadline time.Time) (context.Context, func()) {
	r := &requestContext{Context: parent, deadline: deadline}
	return r, r.release
}
