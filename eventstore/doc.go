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
// read. When another process has written in between, the database puts the group
// behind that, unless it has changed what the group was decided on. Then the
// writer takes the lock, reads what was added, decides again what is affected,
// and appends: a conflict costs a function call, not a retry. Measured
// alternatives are in docs/decisions.
//
// # Where
//
// A command passes through these files in this order:
//
//	writer.go        Execute: takes it in, decides it on memory, waits for its verdict
//	callers.go       who is inside, so that a writer ends after the last of them
//	tx.go            what its decision sees and says, and whether that still stands
//	cache.go         states in memory, of which load.go fetches those that are missing
//	presumption.go   which keys are taken to have no event without a look-up
//	run.go           the writing goroutine: gathers what waits
//	group.go         decides it behind the others of its group
//	staging.go       what those others will have changed
//	proposal.go      a group as the database gets it
//	company.go       whether other processes write too, which decides how it goes on
//	flight.go        groups on their way in one round trip; alone, two at a time
//	placed.go        in company: where the database puts a group, if it still stands
//	round.go         and if it does not: under the lock, decided again; verdicts
//	link.go          the writer's connection; link_append.go appends, link_lock.go takes the lock
//	exchange.go      a message on that connection, and its answer
//	wire.go          the message in binary form, and wire_copy.go its events
//	repetition.go    the answer to a key that the log holds
//
// And whoever reads the log comes by these:
//
//	log.go           opens it; its head and its clock
//	read.go          pages, streams and scans; rows of the wire
//	pages.go         scans by pages that are copied ahead
//	select.go        scans and counts of what selection.go describes
//	follow.go        goes on as the log grows; followers.go shares that in a process
//	listen.go        hears of appends, and wakes by signal.go who waits for them
//
// # What it refuses to do
//
// It knows no event type and no rule: it stores streams, types and bytes, and
// folds states with a function that it is given. It never updates or deletes
// an event; its database role cannot. It has no subscriptions with server-side
// state: a reader owns its cursor.
package eventstore
