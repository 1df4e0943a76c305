// Package logcheck is the oracle over a whole log: it reads every event in
// order and says whether a rule that must always hold was ever broken.
//
// It is independent on purpose. It knows the table, the wire names and the
// JSON shapes, and nothing else: no reducer, no codec and no id type of the
// engine is used here, so that a fault in one of them cannot hide itself.
// Tests run it on every database they used, fault tests after every restart,
// and operators on the live one (holdfast verify).
//
// # What it checks
//
//   - Positions and the versions of each stream are 1, 2, 3 … without gaps;
//     recording times never decrease; no idempotency digest occurs twice; the
//     events of one command stand together.
//   - A seat has at most one live holder: it is held only while it is free or
//     after the previous hold's end, released and sold only by its holder, and
//     nothing happens to it once it is sold.
//   - A hold is one append of the reservation with exactly its seats. It ends
//     exactly once; no payment and no cancellation stands at or after its end,
//     and no expiry before it.
//   - A balance is the sum of what came before it and never negative.
//   - A confirmed reservation has exactly its seats sold at the price they were
//     held for, its amount debited once, and its admission, which is to the
//     performance's concert, spent once.
//
// Events of types it does not know get the structural checks only.
//
// # In one pass and bounded memory
//
// The fold remembers what is alive: the holds that have not ended, and a bit
// for each seat that is sold. What can only be judged by comparing events that
// stand far apart (versions of a stream, balances of a wallet, ids that occur
// once) is written into a ledger, which is split by names, goes to temporary
// files as it grows, and is judged part by part at the end.
package logcheck
