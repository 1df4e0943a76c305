// Package http is the way in: it serves the contract in openapi.yaml with
// echo, and turns requests into commands and questions and their outcomes
// into answers. It decides nothing about seats or money.
//
// # The way of a request
//
//	net/http   time-outs on headers, bodies, idle connections
//	every route: request id, breaking off, access log, metrics, trace, errors
//	             to problem details, recovery, security headers, header limits
//	each operation, as the contract says of it: deadline, content
//	             negotiation, authentication, rate limit, admission,
//	             idempotency key, parameters, body, ETag
//	handler    one method per operation, one file per resource
//
// What an operation needs is read from the contract once, at the start, and
// hung on its route; nothing is routed or compiled twice. A body is decoded
// strictly (duplicate names, names in the wrong case, invalid UTF-8, trailing
// data and whatever nests too deep are refused), then validated against the
// contract's schema with kin-openapi, and only then bound to its type.
//
// # Errors
//
// Every error becomes an [Error] with a stable code; the table in codes.go
// says which status and title a code has; one function writes the answer as
// problem details. Nothing of the cause of a fault reaches a client: it is
// logged under the request's id. An error that comes when the answer has begun
// breaks the connection off.
package http
