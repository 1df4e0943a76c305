package logcheck

import (
	"testing"
	"time"
)

func TestFaultsOfMoneyAreCaught(t *testing.T) {
	t.Parallel()
	confirm := func(d *draft, held hold, payment, admission string) {
		d.event("reservation-"+held.id, reservationConfirmed, held.confirmed(payment, admission, 91_000))
	}
	runFaults(t, []plantedFault{
		{"a payment at the end of the hold", RuleInTime, func(d *draft, held hold) {
			d.later(holdFor - time.Second)
			confirm(d, held, "pay1", "")
		}},
		{"a payment of another amount", RulePrice, func(d *draft, held hold) {
			d.event("reservation-r1", reservationConfirmed, held.confirmed("pay1", "", 99_999).with("amount", 1))
		}},
		{"a payment without its debit", RuleAtomic, func(d *draft, held hold) {
			confirm(d, held, "pay1", "")
			d.seat(seatSold, 1, held.soldSeat(1, "pay1"))
			d.seat(seatSold, 2, held.soldSeat(2, "pay1"))
		}},
		{"a payment without a seat", RuleAtomic, func(d *draft, held hold) {
			confirm(d, held, "pay1", "")
			d.event("wallet-u1", walletDebited, held.debited("pay1", 91_000))
			d.seat(seatSold, 1, held.soldSeat(1, "pay1"))
		}},
		{"a payment without its admission", RuleAtomic, func(d *draft, held hold) {
			confirm(d, held, "pay1", "a1")
			d.event("wallet-u1", walletDebited, held.debited("pay1", 91_000))
			d.seat(seatSold, 1, held.soldSeat(1, "pay1"))
			d.seat(seatSold, 2, held.soldSeat(2, "pay1"))
		}},
		{"a debit without a payment", RuleAtomic, func(d *draft, held hold) {
			d.event("wallet-u1", walletDebited, held.debited("pay1", 91_000))
		}},
		{"a payment occurs twice", RulePaidOnce, func(d *draft, held hold) {
			other := d.hold("r2", "u1", 3)
			d.pay(held, "pay1", "", 91_000)
			d.event("reservation-r2", reservationConfirmed, other.confirmed("pay1", "", 86_500))
		}},
		{"a payment has no id", RuleShape, func(d *draft, held hold) { confirm(d, held, "", "") }},
		{"a charge occurs twice", RulePaidOnce, func(d *draft, _ hold) { d.charge("ch1", 1, 100_001) }},
		{"a balance is not the sum", RuleBalance, func(d *draft, _ hold) { d.charge("ch2", 1, 100_002) }},
		{"a balance goes below zero", RuleBalance, func(d *draft, _ hold) {
			poor := d.hold("r2", "u2", 3)
			d.event("reservation-r2", reservationConfirmed, poor.confirmed("pay1", "", -4500))
			d.event("wallet-u2", walletDebited, poor.debited("pay1", -4500))
		}},
		{"a charge of nothing", RuleBalance, func(d *draft, _ hold) { d.charge("ch2", 0, 100_000) }},
		{"a negative charge", RuleBalance, func(d *draft, _ hold) { d.charge("ch2", -1, 99_999) }},
		{"an entry stands in another's wallet", RuleShape, func(d *draft, _ hold) {
			d.event("wallet-u2", walletCharged, fields{"chargeId": "ch2", "userId": "u1", "amount": 1, "balance": 100_001})
		}},
		{"an admission is spent twice", RuleAdmission, func(d *draft, held hold) {
			d.pay(held, "pay1", "a1", 91_000)
			other := d.hold("r2", "u1", 3)
			d.pay(other, "pay2", "a1", 86_500)
		}},
		{"an admission is spent after it was given up", RuleAdmission, func(d *draft, held hold) {
			d.event("admission-a1", admissionGivenUp, fields{"admissionId": "a1", "userId": "u1"})
			d.pay(held, "pay1", "a1", 91_000)
		}},
		{"an admission to another concert is spent", RuleAtomic, func(d *draft, held hold) {
			d.event("reservation-"+held.id, reservationConfirmed, held.confirmed("pay1", "a1", 91_000))
			d.event("wallet-"+held.user, walletDebited, held.debited("pay1", 91_000))
			for _, seat := range held.seats {
				d.seat(seatSold, seat, held.soldSeat(seat, "pay1"))
			}
			d.event("admission-a1", admissionSpent,
				fields{"admissionId": "a1", "userId": held.user, "concertId": "c2", "paymentId": "pay1"})
		}},
		{"an admission is spent without a payment", RuleAtomic, func(d *draft, _ hold) {
			d.event("admission-a1", admissionSpent, fields{"admissionId": "a1", "userId": "u1", "paymentId": "pay1"})
		}},
	})
}
