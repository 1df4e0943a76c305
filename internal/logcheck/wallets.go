package logcheck

import "fmt"

func debitPart(reservation, payment, user string, amount, balance int64) string {
	return fmt.Sprintf("reservation %s, payment %s, user %s, amount %d, balance %d",
		reservation, payment, user, amount, balance)
}

func (f *fold) walletCharged(r record) error {
	e, err := f.walletEvent(r, +1)
	if err != nil {
		return err
	}
	return f.moveOnce(r, e.ChargeID)
}

func (f *fold) walletDebited(r record) error {
	e, err := f.walletEvent(r, -1)
	if err != nil {
		return err
	}
	return f.open.settle(r, debitPart(e.ReservationID, e.PaymentID, e.UserID, e.Amount, e.Balance))
}

// walletEvent checks that the balance after the event is the balance before
// it plus or minus the amount. An amount of 0 moves nothing and may only be a
// payment for free seats.
func (f *fold) walletEvent(r record, sign int64) (walletShape, error) {
	e, err := decode[walletShape](r)
	if err != nil {
		return e, err
	}
	if err := r.in("wallet-" + e.UserID); err != nil {
		return e, err
	}
	if e.Amount < 0 || (sign > 0 && e.Amount == 0) {
		return e, r.breaks(RuleBalance, "amount is %d", e.Amount)
	}
	before := f.balances[e.UserID]
	if want := before + sign*e.Amount; e.Balance != want || e.Balance < 0 {
		return e, r.breaks(RuleBalance, "balance is %d after %d and an amount of %d, expected %d and never negative",
			e.Balance, before, sign*e.Amount, want)
	}
	f.balances[e.UserID] = e.Balance
	return e, nil
}

// moveOnce requires that no event before r recorded the payment or charge.
func (f *fold) moveOnce(r record, id string) error {
	if id == "" {
		return r.breaks(RuleShape, "the payment or charge has no id")
	}
	if first, twice := f.moved[id]; twice {
		return r.breaks(RulePaidOnce, "%s was recorded at position %d before", id, first)
	}
	f.moved[id] = r.position
	return nil
}
