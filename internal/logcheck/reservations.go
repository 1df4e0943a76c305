package logcheck

import (
	"slices"
	"strings"
	"time"
)

// reservationState is a hold that has not ended.
type reservationState struct {
	id          string
	userID      string
	performance string
	seats       []int
	price       int64
	length      time.Duration
	end         time.Time
}

// reservation finds a hold that lives, or that the open append ends.
func (f *fold) reservation(id string) reservationState {
	if held, lives := f.reservations[id]; lives {
		return held
	}
	if f.open.held.id == id {
		return f.open.held
	}
	return reservationState{}
}

func (f *fold) reservationHeld(r record) error {
	e, err := reservationEvent(r)
	if err != nil {
		return err
	}
	if r.version != 1 {
		return r.breaks(RuleEndsOnce, "the reservation is held a second time")
	}
	if len(e.Seats) == 0 || e.HoldMs <= 0 {
		return r.breaks(RuleShape, "%d seats for %d ms", len(e.Seats), e.HoldMs)
	}
	length := milliseconds(e.HoldMs)
	held := reservationState{
		id: e.ReservationID, userID: e.UserID, performance: e.PerformanceID, seats: e.Seats,
		price: e.Price, length: length, end: r.recordedAt.Add(length),
	}
	f.open.begin(r, held)
	for _, seat := range e.Seats {
		if !f.open.owe(part{eventType: seatHeld, reservation: e.ReservationID, seat: seat}) {
			return r.breaks(RuleShape, "seat %d is listed twice", seat)
		}
	}
	// Seats of one performance cost the same, and each seat's own price is
	// held against the performance's when it follows.
	p, known := f.performances[e.PerformanceID]
	if !known {
		return r.breaks(RuleSeatExists, "performance %s was never scheduled", e.PerformanceID)
	}
	if e.ConcertID != p.concert || e.Date != p.date {
		return r.breaks(RuleShape, "held for concert %q on %q, the performance is of concert %q on %q", e.ConcertID, e.Date, p.concert, p.date)
	}
	if total := int64(len(e.Seats)) * p.price; e.Price != total {
		return r.breaks(RulePrice, "held at %d, its seats cost %d", e.Price, total)
	}
	f.reservations[e.ReservationID] = held
	return nil
}

func (f *fold) reservationConfirmed(r record) error {
	e, held, err := f.endHold(r)
	if err != nil {
		return err
	}
	if !r.recordedAt.Before(held.end) {
		return r.breaks(RuleInTime, "paid at %s, the hold ended at %s", r.recordedAt, held.end)
	}
	if e.Amount != held.price {
		return r.breaks(RulePrice, "paid %d, held at %d", e.Amount, held.price)
	}
	if err := f.moveOnce(r, e.PaymentID); err != nil {
		return err
	}
	f.open.begin(r, held)
	for _, seat := range held.seats {
		f.open.owe(part{eventType: seatSold, reservation: e.ReservationID, seat: seat, payment: e.PaymentID})
	}
	f.open.owe(part{
		eventType: walletDebited, reservation: e.ReservationID, payment: e.PaymentID,
		user: e.UserID, amount: e.Amount, balance: e.Balance,
	})
	if e.AdmissionID != "" {
		f.open.owe(part{
			eventType: admissionSpent, admission: e.AdmissionID, user: e.UserID,
			concert: f.performances[held.performance].concert, payment: e.PaymentID,
		})
	}
	f.counts.Payments++
	f.counts.Reservations.Confirmed++
	return nil
}

// reservationGivenBack checks a cancelled or expired hold: every seat that it
// still has is released with it. Others may have taken seats after its end.
func (f *fold) reservationGivenBack(r record) error {
	e, held, err := f.endHold(r)
	if err != nil {
		return err
	}
	reason, live := "cancelled", r.recordedAt.Before(held.end)
	switch {
	case r.eventType == reservationExpired && live:
		return r.breaks(RuleExpiryDue, "expired at %s, the hold ends at %s", r.recordedAt, held.end)
	case r.eventType == reservationExpired:
		reason = "expired"
	case !live:
		return r.breaks(RuleInTime, "cancelled at %s, the hold ended at %s", r.recordedAt, held.end)
	}
	if e.Price != held.price || !e.ExpiresAt.Equal(held.end) {
		return r.breaks(RuleShape, "price %d and end %s, the hold had %d and %s", e.Price, e.ExpiresAt, held.price, held.end)
	}
	f.open.begin(r, held)
	for _, seat := range held.seats {
		if f.seats[seatKey{held.performance, seat}].reservation == e.ReservationID {
			f.open.owe(part{eventType: seatReleased, reservation: e.ReservationID, seat: seat, detail: reason})
		}
	}
	if r.eventType == reservationExpired {
		f.counts.Reservations.Expired++
	} else {
		f.counts.Reservations.Cancelled++
	}
	return nil
}

// endHold checks that the event ends a hold that lives, and forgets the hold.
func (f *fold) endHold(r record) (reservationShape, reservationState, error) {
	e, err := reservationEvent(r)
	if err != nil {
		return e, reservationState{}, err
	}
	held, known := f.reservations[e.ReservationID]
	switch {
	case !known && r.version == 1:
		return e, held, r.breaks(RuleEndsOnce, "the reservation was never held")
	case !known:
		return e, held, r.breaks(RuleEndsOnce, "the hold was ended before, by the stream's second event")
	case e.UserID != held.userID || e.PerformanceID != held.performance || !slices.Equal(e.Seats, held.seats):
		return e, held, r.breaks(RuleShape, "user, performance or seats differ from those that were held")
	}
	if p := f.performances[held.performance]; e.ConcertID != p.concert || e.Date != p.date {
		return e, held, r.breaks(RuleShape, "concert or date differ from those of the performance")
	}
	delete(f.reservations, e.ReservationID)
	return e, held, nil
}

// reservationEvent decodes an event of a reservation. Its tag is what the
// limit of holds per user is decided by, so an event without it is a fault.
func reservationEvent(r record) (reservationShape, error) {
	e, err := decode[reservationShape](r)
	if err != nil {
		return e, err
	}
	if err := r.in("reservation-", e.ReservationID); err != nil {
		return e, err
	}
	if user, tagged := strings.CutPrefix(r.tag, "holds-"); !tagged || user != e.UserID {
		return e, r.breaks(RuleShape, "tag is %q, expected %q", r.tag, "holds-"+e.UserID)
	}
	return e, nil
}
