// Package waitingroom is the queue in front of a concert: an exact order for
// any number of people, a bounded number of them inside.
//
// # What it promises
//
//   - Numbers are drawn one by one, in the order in which joins reach Redis,
//     over all instances. No number is drawn twice, whatever Redis forgets.
//   - A user who waits and joins again gets the same place.
//   - Turns come in the order of the numbers. Those inside and those called
//     are never more than the capacity, over all instances, at any moment,
//     across a loss of Redis too.
//   - A turn that is not taken up, and a session that ends in whatever way,
//     gives its place to the next one.
//   - Looking at a place costs no store: it is answered from the place itself
//     and from a serving number that the process reads a few times a second.
//   - Whoever holds a place keeps it when Redis is lost.
//
// # How
//
// Redis holds what changes with every request; Postgres holds what must
// outlive Redis: a ceiling that numbers never pass, a checkpoint of the
// serving number, and the sessions under way. Every change in Redis is one
// script (scripts/*.lua) on keys that share the concert's hash tag, so it is
// atomic and works on Redis Cluster. Each script makes sure that it runs on the
// very Redis process that was told about the room; if not, the room is lost and
// is put together again from Postgres and from the places that people hold.
// docs/queue.md has the arithmetic, the alternatives and every failure.
//
//	rooms, err := waitingroom.New(pool, client, waitingroom.Options{Clock: log.Clock})
//	…
//	go rooms.Run(ctx)
//	view, joined, err := rooms.Join(ctx, user, concert, address, settings)
//	view, err = rooms.Look(ctx, view.Place) // again after view.PollAfter
//
// # What it refuses to do
//
// It signs nothing and knows no HTTP: a [Place] is to be carried by a token
// that nobody can forge. It does not know what was bought: it is told when a
// session is spent or a concert is sold out. It takes its time from the clock
// that it is given, which should be the log's, and never from Redis or the
// machine.
package waitingroom
