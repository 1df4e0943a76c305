// Package eventstore is the log: one append-only table in Postgres from which
// everything else in Holdfast is derived.
//
// # What it promises
//
//   - Positions are 1, 2, 3 … without gaps, in commit order. A reader that asks
//     for "position > cursor" never skips an event and never sees one twice.
//   - Versions of a stream are 1, 2, 3 … without gaps.
//   - A command is all or nothing over every stream it touches, and is
//     serializable: what it decided on was still true at the moment its events
//     were recorded. That holds for refusals too.
//   - Execute returns a receipt only for what is durable. If the answer is lost
//     on the way ([ErrUnavailable]), repeating the command under the same key
//     settles what happened.
//   - Recording times are the database server's, never decrease along the log,
//     and are what every rule about time is judged by.
//
// # How
//
// A [Writer] commits whatever commands are waiting as one group in one
// transaction, under one advisory lock (group commit, as databases do it for
// their own log; positions under a lock follow from it almost free of charge).
// It remembers the state of the streams it has touched, so deciding needs no
// read. When another process has written in between, the writer takes the
// lock, reads what was added, decides again what is affected, and appends: a
// conflict costs a function call, not a retry. Measured alternatives are in
// docs/decisions.
//
// # What it refuses to do
//
// It knows no event type and no rule: it stores streams, types and bytes, and
// folds states with a function that it is given. It never updates or deletes
// an event; its database role cannot. It has no subscriptions with server-side
// state: a reader owns its cursor.
package eventstore
