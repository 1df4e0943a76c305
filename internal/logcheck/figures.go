package logcheck

import (
	"math/big"
	"time"
)

// Figures are what a sound log adds up to.
type Figures struct {
	Events   int64 `json:"events"`
	Streams  int64 `json:"streams"`
	Commands int64 `json:"commandsWithKey"`
	// From and To are the recording times of the first and of the last event.
	From time.Time `json:"from,omitzero"`
	To   time.Time `json:"to,omitzero"`

	Performances int64 `json:"performances"`
	SeatsOffered int64 `json:"seatsOffered"`
	SeatsSold    int64 `json:"seatsSold"`
	// SeatsHeld are held at the time of the last event.
	SeatsHeld int64 `json:"seatsHeld"`

	Reservations Reservations `json:"reservations"`

	Charges  int64 `json:"charges"`
	Payments int64 `json:"payments"`
	Wallets  int64 `json:"wallets"`
	// MoneyIn is what was charged, MoneyOut what was paid, Balance what the
	// wallets hold: the one less the other. In minor units, exact.
	MoneyIn  *big.Int `json:"moneyIn"`
	MoneyOut *big.Int `json:"moneyOut"`
	Balance  *big.Int `json:"balance"`

	AdmissionsSpent   int64 `json:"admissionsSpent"`
	AdmissionsGivenUp int64 `json:"admissionsGivenUp"`
}

// Reservations count what became of the holds.
type Reservations struct {
	// Open were neither paid nor given back, nor recorded as expired.
	Open      int64 `json:"open"`
	Confirmed int64 `json:"confirmed"`
	Cancelled int64 `json:"cancelled"`
	Expired   int64 `json:"expired"`
}

// sum is a total that cannot overflow. The zero value is 0.
type sum struct{ total, term big.Int }

func (s *sum) add(amount int64) { s.total.Add(&s.total, s.term.SetInt64(amount)) }

// figures sums a fold up, after it has been judged.
func (f *fold) figures() Figures {
	all := f.counts
	all.Events, all.Streams, all.Wallets = f.position, f.ledger.streams, f.ledger.wallets
	all.To = f.last.recordedAt
	all.Performances = int64(len(f.performances))
	all.Reservations.Open = int64(len(f.reservations))
	for _, seat := range f.seats {
		if seat.heldAt(f.last.recordedAt) {
			all.SeatsHeld++
		}
	}
	all.MoneyIn, all.MoneyOut, all.Balance = &f.moneyIn.total, &f.moneyOut.total, &f.ledger.held.total
	return all
}
