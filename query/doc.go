// Package query answers questions. Each question is a type with one method,
// Ask, in a file of its own.
//
// Questions about the sale (which concerts, which dates, which seats) are
// answered from a [Board] in the memory of the process; questions about one
// user (reservations, wallet, payments) from the read-model tables, in one
// snapshot with the checkpoint that the tables stand at.
//
// # Positions
//
// Read models lag behind the log by milliseconds. Whoever has just written
// gives the position that the command returned, and the answer comes from a
// read model that has seen it: Ask waits for it up to [Patience] and otherwise
// fails with [ErrBehind]. Position 0 waits for nothing.
//
// # Time
//
// A hold ends by the store's clock, whether or not an event says so yet: its
// seats are answered as available and its reservation as expired from that
// moment on.
//
// # Revisions
//
// Every answer has a revision, a short text that is the same on every instance
// for the same content, for use in an ETag. It says nothing about order.
//
// Nothing here changes anything, and nothing is decided by an answer.
package query
