package logcheck

import (
	"testing"
	"time"
)

func TestFaultsOfSeatsAreCaught(t *testing.T) {
	t.Parallel()
	runFaults(t, []plantedFault{
		{"a held seat is held again", RuleOneHolder, func(d *draft, _ hold) { d.hold("r2", "u2", 2) }},
		{"a held seat is held again a moment before its end", RuleOneHolder, func(d *draft, _ hold) {
			d.later(holdFor - time.Second - time.Microsecond)
			d.hold("r2", "u2", 2)
		}},
		{"a sold seat is held", RuleSoldIsFinal, func(d *draft, held hold) {
			d.pay(held, "pay1", "", 91_000)
			d.later(holdFor)
			d.hold("r2", "u2", 2)
		}},
		{"a free seat is released", RuleHolderOnly, func(d *draft, held hold) {
			d.giveBack(held, reservationCancelled, "cancelled", 1, 2, 3)
		}},
		{"another's seat is released", RuleHolderOnly, func(d *draft, _ hold) {
			other := d.hold("r2", "u2", 3)
			d.giveBack(other, reservationCancelled, "cancelled", 1)
		}},
		{"a seat is sold to another", RuleHolderOnly, func(d *draft, _ hold) {
			other := hold{id: "r9", user: "u9"}
			d.seat(seatSold, 1, other.soldSeat(1, "pay1"))
		}},
		{"a seat is sold to its holder's reservation for another user", RuleHolderOnly, func(d *draft, held hold) {
			d.event("reservation-r1", reservationConfirmed, held.confirmed("pay1", "", 91_000))
			d.seat(seatSold, 1, held.soldSeat(1, "pay1").with("userId", "u9"))
		}},
		{"a seat is sold without a payment", RuleAtomic, func(d *draft, held hold) {
			d.seat(seatSold, 1, held.soldSeat(1, "pay1"))
		}},
		{"a seat is sold at another price", RulePrice, func(d *draft, held hold) {
			d.event("reservation-r1", reservationConfirmed, held.confirmed("pay1", "", 91_000))
			d.seat(seatSold, 1, held.soldSeat(1, "pay1").with("price", 1))
		}},
		{"a seat is held at another price", RulePrice, func(d *draft, _ hold) {
			other := d.lead("r2", "u2", 3)
			d.seat(seatHeld, 3, other.heldSeat(3).with("price", 1))
		}},
		{"a seat beyond the last one is held", RuleSeatExists, func(d *draft, _ hold) { d.hold("r2", "u2", 51) }},
		{"seat 0 is held", RuleSeatExists, func(d *draft, _ hold) { d.hold("r2", "u2", 0) }},
		{"an event stands in another seat's stream", RuleShape, func(d *draft, _ hold) {
			other := d.lead("r2", "u2", 3)
			d.seat(seatHeld, 4, other.heldSeat(3))
		}},
		{"a payload is not of its type", RuleShape, func(d *draft, _ hold) {
			d.seat(seatHeld, 3, fields{"seat": "three"})
		}},
	})
}
