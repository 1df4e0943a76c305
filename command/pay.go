package command

import (
	"context"
	"time"

	"github.com/holdfast-dev/holdfast/domain"
	"github.com/holdfast-dev/holdfast/domain/admission"
	"github.com/holdfast-dev/holdfast/domain/holds"
	"github.com/holdfast-dev/holdfast/domain/reservation"
	"github.com/holdfast-dev/holdfast/domain/seat"
	"github.com/holdfast-dev/holdfast/domain/wallet"
	"github.com/holdfast-dev/holdfast/eventstore"
)

// Pay asks to pay for one's own live reservation from one's wallet.
type Pay struct {
	UserID domain.UserID
	// ConcertID is the concert that the admission opens, empty for any.
	ConcertID domain.ConcertID
	// AdmissionID is the turn under which is paid, empty if none is needed.
	// The payment spends it.
	AdmissionID domain.AdmissionID
	// AdmittedUntil is when the admission ends, zero for never.
	AdmittedUntil time.Time
	ReservationID domain.ReservationID
}

// Payment is a payment that was made.
type Payment struct {
	PaymentID     domain.PaymentID
	ReservationID domain.ReservationID
	PerformanceID domain.PerformanceID
	// Seats are in ascending order, and shared like those of a [Reservation].
	Seats  []int
	Amount domain.Money
	// Balance is what the payment left in the wallet.
	Balance domain.Money
	// PaidAt is the store's time of recording, UTC.
	PaidAt time.Time
}

// Pay debits the wallet, sells the seats to the user, confirms the reservation
// and ends the admission, all in one append.
//
// It refuses with reservation_not_found if the user has none of this id, with
// not_admitted if the admission opens another concert, with already_confirmed,
// already_cancelled or hold_expired unless the hold runs, with admission_spent
// or not_admitted if the admission has ended, and with insufficient_balance.
func (u *Unit) Pay(ctx context.Context, env Envelope, c Pay) (Accepted[Payment], error) {
	const name = "pay"
	p := payment{Pay: c, id: domain.PaymentID(u.newID())}
	streams := []string{reservation.Stream(c.ReservationID), wallet.Stream(c.UserID)}
	if c.AdmissionID != "" {
		streams = append(streams, admission.Stream(c.AdmissionID))
	}
	return do(ctx, u, env, order{
		name:        name,
		fingerprint: newRequest(name).text(string(c.UserID)).text(string(c.ReservationID)).fingerprint(),
		streams:     streams,
		decide:      p.decide,
	}, paymentFrom)
}

// payment is one execution of [Pay].
type payment struct {
	Pay
	id domain.PaymentID
}

func (p *payment) decide(tx transaction) error {
	r, err := p.payable(tx)
	if err != nil {
		return err
	}
	spent, err := p.spend(tx)
	if err != nil {
		return err
	}
	w, err := load[wallet.State](tx, wallet.Stream(p.UserID))
	if err != nil {
		return err
	}
	debited, err := w.Debit(wallet.Bill{PaymentID: p.id, ReservationID: r.ID, UserID: p.UserID, Amount: r.Price})
	if err != nil {
		return err
	}
	confirmed, err := r.Confirm(tx.Now(), reservation.Payment{ID: p.id, Balance: debited.Balance, AdmissionID: p.AdmissionID})
	if err != nil {
		return err
	}
	f := facts{events: make([]eventstore.NewEvent, 0, len(r.Seats)+3)}
	f.addTagged(reservation.Stream(r.ID), holds.Tag(p.UserID), confirmed)
	f.add(wallet.Stream(p.UserID), debited)
	if err := p.sell(tx, &f, r); err != nil {
		return err
	}
	if p.AdmissionID != "" {
		f.add(admission.Stream(p.AdmissionID), spent)
	}
	return f.record(tx)
}

// payable returns the reservation if it is the user's, of the concert that the
// admission opens, and live.
func (p *payment) payable(tx transaction) (reservation.State, error) {
	r, err := loadReservation(tx, p.ReservationID)
	if err != nil {
		return r, err
	}
	if err := r.OwnedBy(p.UserID); err != nil {
		return r, err
	}
	if p.ConcertID != "" && p.ConcertID != r.ConcertID {
		return r, domain.Refuse(domain.CodeNotAdmitted,
			"This reservation is for another concert than the admission. Pay with an admission to the reservation's concert.")
	}
	return r, r.Live(tx.Now())
}

// spend ends the admission, if one is needed.
func (p *payment) spend(tx transaction) (admission.Spent, error) {
	if p.AdmissionID == "" {
		return admission.Spent{}, nil
	}
	turn, err := openTurn(tx, p.AdmissionID, p.AdmittedUntil)
	if err != nil {
		return admission.Spent{}, err
	}
	return turn.Spend(admission.Admission{ID: p.AdmissionID, UserID: p.UserID, ConcertID: p.ConcertID}, p.id)
}

// sell adds the sale of every seat.
func (p *payment) sell(tx transaction, f *facts, r reservation.State) error {
	states, err := loadSeats(tx, r.PerformanceID, r.Seats)
	if err != nil {
		return err
	}
	for i, number := range r.Seats {
		sold, err := states[i].Sell(tx.Now(), r.PerformanceID, number, r.ID, p.id)
		if err != nil {
			return err
		}
		f.add(seat.Stream(r.PerformanceID, number), sold)
	}
	return nil
}

func paymentFrom(lead eventstore.Event) (Payment, error) {
	e, err := leadAs[reservation.Confirmed](lead, reservation.Decode)
	if err != nil {
		return Payment{}, err
	}
	return Payment{
		PaymentID: e.PaymentID, ReservationID: e.ReservationID, PerformanceID: e.PerformanceID, Seats: e.Seats,
		Amount: e.Amount, Balance: e.Balance, PaidAt: lead.RecordedAt.UTC(),
	}, nil
}
