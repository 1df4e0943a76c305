package logcheck

import (
	"math/big"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestAnEmptyLogIsSound(t *testing.T) {
	t.Parallel()
	require.NoError(t, newDraft(t).check())
}

func TestAWholeSaleIsSound(t *testing.T) {
	t.Parallel()
	d := newDraft(t)
	d.schedule()
	d.charge("ch1", 20_000, 20_000)
	bought := d.hold("r1", "u1", 7, 8)
	given := d.hold("r2", "u2", 9)
	d.later(time.Second)
	d.pay(bought, "pay1", "a1", 11_000)
	d.giveBack(given, reservationCancelled, "cancelled", 9)
	d.hold("r3", "u1", 9)
	d.event("admission-a2", admissionGivenUp, fields{"admissionId": "a2", "userId": "u2", "concertId": "c1"})
	require.NoError(t, d.check())
}

func TestASeatIsFreeAtTheEndOfItsHold(t *testing.T) {
	t.Parallel()
	d := newDraft(t)
	d.schedule()
	late := d.hold("r1", "u1", 1, 2)
	d.later(holdFor)
	d.hold("r2", "u2", 2)
	d.giveBack(late, reservationExpired, "expired", 1)
	d.hold("r3", "u3", 1)
	require.NoError(t, d.check())
}

func TestForeignEventsGetTheStructuralChecksOnly(t *testing.T) {
	t.Parallel()
	d := newDraft(t)
	d.event("anything", "test.happened.v1", fields{"seats": "not a list"})
	d.event("anything", "test.happened.v1", fields{})
	require.NoError(t, d.check())

	d.last().version = 3
	require.ErrorContains(t, d.check(), string(RuleVersions))
}

func TestAFreeSeatIsPaidForWithNothing(t *testing.T) {
	t.Parallel()
	d := newDraft(t)
	d.scheduled(1, 0)
	h := hold{id: "r1", user: "u1", seats: []int{1}}
	d.event("reservation-r1", reservationHeld, h.fields().with("price", 0).with("holdMs", holdFor.Milliseconds()))
	d.seat(seatHeld, 1, h.heldSeat(1).with("price", 0))
	d.event("reservation-r1", reservationConfirmed, h.confirmed("pay1", "", 0).with("amount", 0))
	d.event("wallet-u1", walletDebited, h.debited("pay1", 0).with("amount", 0))
	d.seat(seatSold, 1, h.soldSeat(1, "pay1").with("price", 0))
	require.NoError(t, d.check())
}

func TestAFaultNamesItsEvent(t *testing.T) {
	t.Parallel()
	d := newDraft(t)
	d.schedule()
	d.charge("ch1", 10, 11)

	var fault *RuleError
	require.ErrorAs(t, d.check(), &fault)
	require.Equal(t, &RuleError{
		Rule: RuleBalance, Position: 2, Stream: "wallet-u1", Version: 1, Type: walletCharged,
		Detail: "balance is 11 after 0 and an amount of 10, expected 10",
	}, fault)
	require.EqualError(t, fault, `log breaks the rule "a balance is the sum of its entries and never negative" `+
		`at position 2 (wallet.charged.v1 of stream wallet-u1, version 1): `+fault.Detail)
}

func TestFiguresAreWhatTheLogAddsUpTo(t *testing.T) {
	t.Parallel()
	d := newDraft(t)
	d.schedule()
	d.charge("ch1", 20_000, 20_000)
	bought := d.hold("r1", "u1", 7, 8)
	given := d.hold("r2", "u2", 9)
	late := d.hold("r4", "u2", 10)
	d.later(time.Second)
	d.pay(bought, "pay1", "a1", 11_000)
	d.giveBack(given, reservationCancelled, "cancelled", 9)
	d.later(holdFor)
	d.giveBack(late, reservationExpired, "expired", 10)
	d.hold("r3", "u1", 9)
	d.event("admission-a2", admissionGivenUp, fields{"admissionId": "a2", "userId": "u2", "concertId": "c1"})
	figures, err := d.verify()
	require.NoError(t, err)
	require.Equal(t, Figures{
		Events: int64(len(d.records)), Streams: 12, From: d.records[0].recordedAt, To: d.clock,
		Performances: 1, SeatsOffered: 50, SeatsSold: 2, SeatsHeld: 1,
		Reservations: Reservations{Open: 1, Confirmed: 1, Cancelled: 1, Expired: 1},
		Charges:      1, Payments: 1, Wallets: 1,
		MoneyIn: big.NewInt(20_000), MoneyOut: big.NewInt(9_000), Balance: big.NewInt(11_000),
		AdmissionsSpent: 1, AdmissionsGivenUp: 1,
	}, figures)
}
