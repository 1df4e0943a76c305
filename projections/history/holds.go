package history

import (
	"slices"

	"github.com/holdfast-dev/holdfast/domain"
	"github.com/holdfast-dev/holdfast/domain/admission"
	"github.com/holdfast-dev/holdfast/domain/holds"
	"github.com/holdfast-dev/holdfast/domain/reservation"
	"github.com/holdfast-dev/holdfast/domain/seat"
	"github.com/holdfast-dev/holdfast/domain/wallet"
)

// hold is a reservation and where it stands among the open ones.
type hold struct {
	reservation.State
	index int
}

// Hold records a reservation of seats in ascending order, or reports false if
// one of them cannot be had.
func (s *Sale) Hold(user domain.UserID, performance domain.PerformanceID, numbers ...int) (domain.ReservationID, bool) {
	n := s.byID[performance]
	for _, number := range numbers {
		if !s.seats[seat.Stream(performance, number)].Available(s.now) {
			return "", false
		}
	}
	s.userCommand(user, "hold_seats")
	held := reservation.Held{
		ReservationID: domain.ReservationID(s.id()), UserID: user, ConcertID: n.ConcertID,
		PerformanceID: performance, Date: n.Date, Seats: numbers,
		Price: SeatPrice * domain.Money(len(numbers)), HoldMs: HoldLength.Milliseconds(),
	}
	h := &hold{State: reservation.State{}.Evolve(held, s.now), index: len(s.open)}
	s.open = append(s.open, h)
	s.reservations[h.ID] = h
	s.record(reservation.Stream(h.ID), holds.Tag(user), held)
	for _, number := range numbers {
		s.recordSeat(performance, number, seat.Held{
			PerformanceID: performance, Seat: number, ReservationID: h.ID, UserID: user,
			Price: SeatPrice, HoldMs: HoldLength.Milliseconds(),
		})
	}
	return h.ID, true
}

// Cancel records that a user gave the seats back, or reports false if the hold
// has ended.
func (s *Sale) Cancel(id domain.ReservationID) bool {
	h := s.reservations[id]
	cancelled, err := h.Cancel(s.now)
	if err != nil {
		return false
	}
	s.userCommand(h.UserID, "cancel_reservation")
	s.end(h, cancelled)
	s.release(h, seat.ReasonCancelled)
	return true
}

// Expire records the end of a hold that has ended by the clock, or reports
// false if it has not.
func (s *Sale) Expire(id domain.ReservationID) bool {
	h := s.reservations[id]
	expired, err := h.Expire(s.now)
	if err != nil {
		return false
	}
	s.command("system:expire_holds", "expire_reservation")
	s.end(h, expired)
	s.release(h, seat.ReasonExpired)
	return true
}

// Pay records a payment under an admission, empty for none, or reports false
// if the hold has ended or the wallet holds too little.
func (s *Sale) Pay(id domain.ReservationID, turn domain.AdmissionID) (domain.PaymentID, bool) {
	h := s.reservations[id]
	if h.Live(s.now) != nil || s.balances[h.UserID] < h.Price {
		return "", false
	}
	s.balances[h.UserID] -= h.Price
	payment, balance := domain.PaymentID(s.id()), s.balances[h.UserID]
	confirmed, err := h.Confirm(s.now, reservation.Payment{ID: payment, Balance: balance, AdmissionID: turn})
	if err != nil {
		return "", false
	}
	s.userCommand(h.UserID, "pay")
	s.end(h, confirmed)
	s.record(wallet.Stream(h.UserID), "", wallet.Debited{
		PaymentID: payment, ReservationID: id, UserID: h.UserID, Amount: h.Price, Balance: balance,
	})
	for _, number := range h.Seats {
		s.recordSeat(h.PerformanceID, number, seat.Sold{
			PerformanceID: h.PerformanceID, Seat: number, ReservationID: id, UserID: h.UserID,
			PaymentID: payment, Price: SeatPrice,
		})
		s.close(seat.Stream(h.PerformanceID, number))
	}
	if turn != "" {
		s.record(admission.Stream(turn), "", admission.Spent{
			AdmissionID: turn, UserID: h.UserID, ConcertID: h.ConcertID, PaymentID: payment,
		})
		s.close(admission.Stream(turn))
	}
	return payment, true
}

// Charge records money put into a wallet.
func (s *Sale) Charge(user domain.UserID, amount domain.Money) domain.ChargeID {
	s.userCommand(user, "charge_wallet")
	id := domain.ChargeID(s.id())
	s.balances[user] += amount
	s.record(wallet.Stream(user), "", wallet.Charged{
		ChargeID: id, UserID: user, Amount: amount, Balance: s.balances[user],
	})
	return id
}

// GiveUp records that a user left without paying.
func (s *Sale) GiveUp(user domain.UserID, id domain.ConcertID) domain.AdmissionID {
	s.userCommand(user, "give_up_admission")
	turn := s.Turn()
	s.record(admission.Stream(turn), "", admission.GivenUp{AdmissionID: turn, UserID: user, ConcertID: id})
	return turn
}

// Turn mints an admission, of which the log knows nothing yet.
func (s *Sale) Turn() domain.AdmissionID { return domain.AdmissionID(s.id()) }

// end records how a hold ended and takes it from the open ones.
func (s *Sale) end(h *hold, event reservation.Event) {
	s.record(reservation.Stream(h.ID), holds.Tag(h.UserID), event)
	s.close(reservation.Stream(h.ID))
	h.State = h.Evolve(event, s.now)
	last := s.open[len(s.open)-1]
	s.open[h.index], last.index = last, h.index
	s.open = slices.Delete(s.open, len(s.open)-1, len(s.open))
}

// release records that seats are available which the hold still has.
func (s *Sale) release(h *hold, reason seat.Reason) {
	for _, number := range h.Seats {
		state := s.seats[seat.Stream(h.PerformanceID, number)]
		if released, has := state.Release(h.PerformanceID, number, h.ID, reason); has {
			s.recordSeat(h.PerformanceID, number, released)
		}
	}
}

func (s *Sale) recordSeat(performance domain.PerformanceID, number int, event seat.Event) {
	stream := seat.Stream(performance, number)
	s.seats[stream] = s.seats[stream].Evolve(event, s.now)
	s.record(stream, "", event)
}
