package logcheck

func (f *fold) walletCharged(r record) error {
	e, err := f.walletEvent(r, +1)
	if err != nil {
		return err
	}
	f.counts.Charges++
	f.moneyIn.add(e.Amount)
	return f.moveOnce(r, e.ChargeID)
}

func (f *fold) walletDebited(r record) error {
	e, err := f.walletEvent(r, -1)
	if err != nil {
		return err
	}
	f.moneyOut.add(e.Amount)
	return f.open.settle(r, part{
		reservation: e.ReservationID, payment: e.PaymentID, user: e.UserID, amount: e.Amount, balance: e.Balance,
	})
}

// walletEvent checks an entry by itself; that its balance is the balance before
// it plus or minus the amount is for the ledger to say. An amount of 0 moves
// nothing and may only be a payment for free seats.
func (f *fold) walletEvent(r record, sign int64) (walletShape, error) {
	e, err := decode[walletShape](r)
	if err != nil {
		return e, err
	}
	if err := r.in("wallet-", e.UserID); err != nil {
		return e, err
	}
	if e.Amount < 0 || (sign > 0 && e.Amount == 0) {
		return e, r.breaks(RuleBalance, "amount is %d", e.Amount)
	}
	if e.Balance < 0 {
		return e, r.breaks(RuleBalance, "balance is %d after an amount of %d", e.Balance, sign*e.Amount)
	}
	return e, f.ledger.add(balances, e.UserID, r.position, sign*e.Amount, e.Balance)
}

// moveOnce leaves to the ledger that no other event recorded the payment or
// charge.
func (f *fold) moveOnce(r record, id string) error {
	if id == "" {
		return r.breaks(RuleShape, "the payment or charge has no id")
	}
	return f.ledger.once(movements, []byte(id), r.position)
}
