// Package relay copies the log to Kafka. The log is the outbox: nothing is
// written twice, and a command neither waits for Kafka nor knows of it.
//
//	r := relay.New(pool, log, connect, relay.Options{})
//	err := r.Run(ctx) // until ctx ends
//
// # What it promises
//
//   - Every event is sent at least once, and the checkpoint moves only after
//     Kafka has acknowledged: whatever dies, nothing is lost.
//   - Events of a stream are sent in their order. Whatever is sent twice was
//     sent in order the first time.
//   - After a crash at most one batch is sent twice. Positions are the
//     deduplication key, and have no gap: a consumer can prove that it has
//     everything.
//   - Of any number of instances one works. If it dies, or hangs, another takes
//     over within five seconds; if it ends in order, at once.
//   - While Kafka is away it tries again for ever, with a bounded pause, from
//     where it was. Its lag and what troubles it are in [Status].
//
// # How
//
// The checkpoint row is also the lease, by the store's clock, and carries an
// epoch that goes up with each owner. Moving the checkpoint names the epoch,
// so a former owner that wakes up moves nothing and stops. The next batch is
// read and encoded while the one before is under way.
//
// # What it refuses to do
//
// It skips nothing and puts nothing aside: an order with a hole is none. It
// stops, and says so, if the log does not hold what the checkpoint says was
// sent, which happens when a database is restored from an older copy.
package relay
