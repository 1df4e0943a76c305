// Package reactors is where side work hangs on to the log: an ordinary
// watermill handler that is called for every event of certain types. It is for
// work of a low rate that changes something elsewhere, such as ending a
// waiting-room session after a payment; read models and the relay to Kafka
// have their own ways.
//
//	welcome := reactors.Reactor{
//		Name:  "welcome",
//		Types: []string{"wallet.charged.v1"},
//		Handle: func(msg *message.Message) error {
//			e, err := envelope.Decode(msg)
//			…
//			return mail.Send(msg.Context(), e.Position, …)
//		},
//	}
//	runner, err := reactors.Open(ctx, pool, log, reactors.Options{}, welcome)
//	…
//	err = runner.Run(ctx)
//
// # What it promises
//
//   - At least once: every event of the wanted types is handled, or becomes a
//     dead letter, whatever is killed. After a kill up to ten events are
//     delivered again, after an orderly stop none. So what a handler does must
//     be idempotent, with the event's position as the key.
//   - In position order, one at a time. Of any number of instances one works on
//     a reactor; when it dies another goes on within about a second. Only while
//     the connection is lost that holds the reactor's lock can a handler under
//     way and that of the next instance overlap.
//   - One bad event never stops a reactor: after a bounded number of tries it
//     becomes a dead letter, and the next one is handled. What is not the
//     event's fault ([ErrAway]) is tried for ever instead, and holds up those
//     behind it.
//   - A dead letter is open until its reactor has coped with it after all
//     ([Ask]) or somebody has discarded it for a reason ([Discard]). A letter
//     that is tried again comes out of order, and marked as a replay.
//   - Rebuilding a read model and publishing to Kafka again call no reactor.
//
// # How
//
// Watermill's router runs a handler behind a subscriber of watermill-sql, which
// reads the events table in place: nothing is copied, and the offset is the
// position. The subscriber holds a transaction with the lock on its reactor's
// offset for at most ten events, and moves the offset in it. Looks that find
// nothing wanted write nothing but, once a second at most, the offset; they are
// made when the log notifies, else at its poll interval. Around a handler stand
// tries with growing pauses, and outside of them the poison queue.
//
// # What it refuses to do
//
// It decides nothing and writes no events: whoever must record something sends
// a command under a key made of the position. It keeps no order between
// reactors. It does not guess when the log is another one than before, because
// it was restored: the reactor stops ([OffsetError]) until it is told where to
// go on ([Move]).
package reactors
