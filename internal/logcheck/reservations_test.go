package logcheck

import (
	"testing"
	"time"
)

func TestFaultsOfReservationsAreCaught(t *testing.T) {
	t.Parallel()
	runFaults(t, []plantedFault{
		{"a reservation is held twice", RuleEndsOnce, func(d *draft, _ hold) { d.lead("r1", "u1", 5) }},
		{"a hold ends twice", RuleEndsOnce, func(d *draft, held hold) {
			d.giveBack(held, reservationCancelled, "cancelled", 1, 2)
			d.later(holdFor)
			d.giveBack(held, reservationExpired, "expired")
		}},
		{"a paid reservation is cancelled", RuleEndsOnce, func(d *draft, held hold) {
			d.pay(held, "pay1", "", 91_000)
			d.giveBack(held, reservationCancelled, "cancelled")
		}},
		{"what was never held is cancelled", RuleEndsOnce, func(d *draft, _ hold) {
			d.giveBack(hold{id: "r9", user: "u9", seats: []int{9}}, reservationCancelled, "cancelled")
		}},
		{"a hold expires early", RuleExpiryDue, func(d *draft, held hold) {
			d.giveBack(held, reservationExpired, "expired")
		}},
		{"a hold is cancelled at its end", RuleInTime, func(d *draft, held hold) {
			d.later(holdFor - time.Second)
			d.giveBack(held, reservationCancelled, "cancelled")
		}},
		{"a hold lacks a seat", RuleAtomic, func(d *draft, _ hold) {
			other := d.lead("r2", "u2", 3, 4)
			d.seat(seatHeld, 3, other.heldSeat(3))
		}},
		{"a hold is interrupted", RuleAtomic, func(d *draft, _ hold) {
			d.lead("r2", "u2", 3)
			d.event("anything", "test.happened.v1", fields{})
		}},
		{"a hold's seat comes at another time", RuleAtomic, func(d *draft, _ hold) {
			other := d.lead("r2", "u2", 3)
			d.later(time.Microsecond)
			d.seat(seatHeld, 3, other.heldSeat(3))
		}},
		{"a seat is held without a reservation", RuleAtomic, func(d *draft, _ hold) {
			d.seat(seatHeld, 3, hold{id: "r2", user: "u2"}.heldSeat(3))
		}},
		{"a seat is held for another user", RuleAtomic, func(d *draft, _ hold) {
			other := d.lead("r2", "u2", 3)
			d.seat(seatHeld, 3, other.heldSeat(3).with("userId", "u9"))
		}},
		{"a cancelled hold keeps a seat", RuleAtomic, func(d *draft, held hold) {
			d.giveBack(held, reservationCancelled, "cancelled", 1)
		}},
		{"a cancelled hold gives a seat back as expired", RuleAtomic, func(d *draft, held hold) {
			d.giveBack(held, reservationCancelled, "expired", 1)
		}},
		{"a reservation costs more than its seats", RulePrice, func(d *draft, _ hold) {
			other := hold{id: "r2", user: "u2", seats: []int{3}}
			d.event("reservation-r2", reservationHeld,
				other.fields().with("price", seatPrice+1).with("holdMs", holdFor.Milliseconds()))
		}},
		{"a seat is listed twice", RuleShape, func(d *draft, _ hold) { d.lead("r2", "u2", 3, 3) }},
		{"no seat is held", RuleShape, func(d *draft, _ hold) { d.lead("r2", "u2") }},
		{"the tag is missing", RuleShape, func(d *draft, _ hold) {
			d.lead("r2", "u2", 3)
			d.last().tag = ""
		}},
		{"the end of the hold moves", RuleShape, func(d *draft, held hold) {
			held.end = held.end.Add(time.Second)
			d.giveBack(held, reservationCancelled, "cancelled")
		}},
		{"the seats change", RuleShape, func(d *draft, held hold) {
			held.seats = []int{1}
			d.giveBack(held, reservationCancelled, "cancelled")
		}},
		{"a hold names another concert", RuleShape, func(d *draft, _ hold) { holdNaming(d, "concertId", "c2") }},
		{"a hold names another date", RuleShape, func(d *draft, _ hold) { holdNaming(d, "date", "2026-12-25") }},
		{"a payment names another concert", RuleShape, func(d *draft, held hold) { payNaming(d, held, "concertId", "c2") }},
		{"a payment names another date", RuleShape, func(d *draft, held hold) { payNaming(d, held, "date", "2026-12-25") }},
	})
}

// holdNaming leads a hold that is sound but for one field.
func holdNaming(d *draft, field, value string) {
	h := hold{id: "r2", user: "u2", seats: []int{3}}
	d.event("reservation-r2", reservationHeld,
		h.fields().with("price", seatPrice).with("holdMs", holdFor.Milliseconds()).with(field, value))
}

// payNaming leads a payment that is sound but for one field.
func payNaming(d *draft, held hold, field, value string) {
	d.event("reservation-"+held.id, reservationConfirmed, held.confirmed("pay1", "", 91_000).with(field, value))
}
