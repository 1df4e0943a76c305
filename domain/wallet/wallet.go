// Package wallet holds the rules of a user's money: it is charged up to a
// maximum and pays for reservations, and its balance is never negative.
//
// Every event carries the balance after it, so the latest event of a wallet
// alone gives its state.
package wallet

import (
	"fmt"
	"time"

	"github.com/holdfast-dev/holdfast/domain"
)

// Category is the first part of the names of all wallet streams.
const Category = "wallet"

// Stream names the stream of a user's wallet.
func Stream(user domain.UserID) string { return Category + "-" + string(user) }

// State is a wallet. The zero State is the empty wallet that every user has.
type State struct {
	domain.Timeless
	Balance domain.Money
}

// Evolve returns the state after an event that was recorded at the given time.
func (s State) Evolve(e Event, at time.Time) State { return e.evolve(s, at) }

func (e Charged) evolve(State, time.Time) State { return State{Balance: e.Balance} }

func (e Debited) evolve(State, time.Time) State { return State{Balance: e.Balance} }

// Deposit is a wish to charge a wallet.
type Deposit struct {
	ID     domain.ChargeID
	UserID domain.UserID
	Amount domain.Money
}

// Charge puts money in. It refuses with invalid_request unless the amount is
// 1 to [domain.MaxMoney], and with limit_exceeded if the balance would pass
// the maximum of the deployment.
func (s State) Charge(d Deposit, maximum domain.Money) (Charged, error) {
	if d.Amount < 1 || d.Amount > domain.MaxMoney {
		return Charged{}, domain.Invalid(domain.FieldError{
			Pointer: "/amount",
			Detail:  fmt.Sprintf("must be 1 to %d", domain.MaxMoney),
		})
	}
	balance, ok := s.Balance.Add(d.Amount)
	if !ok || balance > maximum {
		return Charged{}, domain.Refuse(domain.CodeLimitExceeded,
			"A wallet holds at most %d, and this one holds %d. Charge at most %d.",
			maximum, s.Balance, max(maximum-s.Balance, 0))
	}
	return Charged{ChargeID: d.ID, UserID: d.UserID, Amount: d.Amount, Balance: balance}, nil
}

// Bill is what a payment takes from a wallet.
type Bill struct {
	PaymentID     domain.PaymentID
	ReservationID domain.ReservationID
	UserID        domain.UserID
	Amount        domain.Money
}

// Debit takes money out. It refuses with insufficient_balance if the wallet
// holds less than the amount.
func (s State) Debit(b Bill) (Debited, error) {
	if b.Amount < 0 {
		return Debited{}, fmt.Errorf("payment %s of a negative amount %d", b.PaymentID, b.Amount)
	}
	balance, ok := s.Balance.Sub(b.Amount)
	if !ok {
		return Debited{}, domain.Refuse(domain.CodeInsufficientBalance,
			"The reservation costs %d and the wallet holds %d. Charge at least %d first.",
			b.Amount, s.Balance, b.Amount-s.Balance)
	}
	return Debited{
		PaymentID:     b.PaymentID,
		ReservationID: b.ReservationID,
		UserID:        b.UserID,
		Amount:        b.Amount,
		Balance:       balance,
	}, nil
}
