// Package projections builds the read models: tables in Postgres that answer
// what the log cannot answer quickly, and that can be dropped and built again
// from it at any time.
//
// # What it promises
//
//   - A checkpoint and the rows that it stands for are written in one
//     transaction: a read model is the fold of the log up to its checkpoint,
//     no event less and none twice, whatever is killed.
//   - Any number of instances may run a [Runner]; of each projection exactly
//     one works at a time. When it dies, another goes on within seconds.
//   - The rows do not depend on how the log was cut into pages, so two builds
//     of one projection at one position are equal row for row ([Digest]).
//   - An event that a projection cannot understand stops that projection, and
//     only that one, with the event named in its [Status].
//
// # How
//
// A [Projection] is a value: a name, a version, tables and a fold. It does not
// know where its tables stand. Every build of it has a place, which is a
// schema of the database, and a checkpoint for that place. The live build
// stands in [Live]; another one can be made beside it, compared and swapped in
// by moving tables between schemas, which touches the catalogue only.
//
// One step reads a page of the log and folds it in memory, both without any
// lock, and then opens a short transaction: it takes the checkpoint's row with
// FOR UPDATE SKIP LOCKED, makes sure that the checkpoint still stands where
// the page begins, writes what the page adds up to in a few statements, moves
// the checkpoint and commits. Events never change and positions have no gaps,
// so it does not matter when the page was read; and no transaction is open
// while the process does anything else than talk to Postgres.
//
// # What it refuses to do
//
// It never writes to the log and decides nothing. It does not skip an event:
// what it cannot understand it stops at. Read models lag by the time of a
// step; who needs a certain position waits for it.
//
// Package sale holds the state of seats in memory, and package board keeps it
// current from the log.
package projections
