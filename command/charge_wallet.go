package command

import (
	"context"

	"github.com/holdfast-dev/holdfast/domain"
	"github.com/holdfast-dev/holdfast/domain/wallet"
	"github.com/holdfast-dev/holdfast/eventstore"
)

// ChargeWallet asks to put money into a user's wallet.
type ChargeWallet struct {
	UserID domain.UserID
	Amount domain.Money
}

// Charge is a charge that was made.
type Charge struct {
	ChargeID domain.ChargeID
	Amount   domain.Money
	// Balance is that of the wallet after the charge.
	Balance domain.Money
}

// ChargeWallet puts money into a wallet. It refuses with invalid_request
// unless the amount is 1 to [domain.MaxMoney], and with limit_exceeded if the
// balance would pass [Settings.MaxBalance].
func (u *Unit) ChargeWallet(ctx context.Context, env Envelope, c ChargeWallet) (Accepted[Charge], error) {
	const name = "charge_wallet"
	id := domain.ChargeID(u.newID())
	stream := wallet.Stream(c.UserID)
	return do(ctx, u, env, order{
		name:        name,
		fingerprint: newRequest(name).text(string(c.UserID)).number(int64(c.Amount)).fingerprint(),
		streams:     []string{stream},
		decide: func(tx transaction) error {
			w, err := load[wallet.State](tx, stream)
			if err != nil {
				return err
			}
			charged, err := w.Charge(wallet.Deposit{ID: id, UserID: c.UserID, Amount: c.Amount}, u.settings.MaxBalance)
			if err != nil {
				return err
			}
			var f facts
			f.add(stream, charged)
			return f.record(tx)
		},
	}, chargeFrom)
}

func chargeFrom(lead eventstore.Event) (Charge, error) {
	e, err := leadAs[wallet.Charged](lead, wallet.Decode)
	return Charge{ChargeID: e.ChargeID, Amount: e.Amount, Balance: e.Balance}, err
}
