package logcheck

import (
	"fmt"
	"time"
)

// reservationState is a hold and, once it has ended, how.
type reservationState struct {
	userID      string
	performance string
	seats       []int
	price       int64
	length      time.Duration
	end         time.Time
	// endedBy is the type of the event that ended the hold, "" while it lives.
	endedBy string
}

// What the parts of an append about a reservation are told apart by.
func heldPart(reservation string, seat int) string {
	return fmt.Sprintf("reservation %s, seat %d", reservation, seat)
}

func releasedPart(reservation string, seat int, reason string) string {
	return fmt.Sprintf("reservation %s, seat %d, %s", reservation, seat, reason)
}

func soldPart(reservation string, seat int, payment string) string {
	return fmt.Sprintf("reservation %s, seat %d, payment %s", reservation, seat, payment)
}

func (f *fold) reservationHeld(r record) error {
	e, err := reservationEvent(r)
	if err != nil {
		return err
	}
	if before, known := f.reservations[e.ReservationID]; known {
		return r.breaks(RuleEndsOnce, "the reservation of user %s is held a second time", before.userID)
	}
	if len(e.Seats) == 0 || e.HoldMs <= 0 {
		return r.breaks(RuleShape, "%d seats for %d ms", len(e.Seats), e.HoldMs)
	}
	length := milliseconds(e.HoldMs)
	f.open = begin(r)
	for _, seat := range e.Seats {
		if !f.open.owe(seatHeld, heldPart(e.ReservationID, seat)) {
			return r.breaks(RuleShape, "seat %d is listed twice", seat)
		}
	}
	// Seats of one performance cost the same, and each seat's own price is
	// held against the performance's when it follows.
	if total := int64(len(e.Seats)) * f.performances[e.PerformanceID].Seats.Price; e.Price != total {
		return r.breaks(RulePrice, "held at %d, its seats cost %d", e.Price, total)
	}
	f.reservations[e.ReservationID] = reservationState{
		userID: e.UserID, performance: e.PerformanceID, seats: e.Seats,
		price: e.Price, length: length, end: r.recordedAt.Add(length),
	}
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
	f.open = begin(r)
	for _, seat := range held.seats {
		f.open.owe(seatSold, soldPart(e.ReservationID, seat, e.PaymentID))
	}
	f.open.owe(walletDebited, debitPart(e.ReservationID, e.PaymentID, e.UserID, e.Amount, e.Balance))
	if e.AdmissionID != "" {
		f.open.owe(admissionSpent, spentPart(e.AdmissionID, e.UserID, e.PaymentID))
	}
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
	f.open = begin(r)
	for _, seat := range held.seats {
		if f.seats[seatKey{held.performance, seat}].reservation == e.ReservationID {
			f.open.owe(seatReleased, releasedPart(e.ReservationID, seat, reason))
		}
	}
	return nil
}

// endHold checks that the event ends a hold that lives, and marks it ended.
func (f *fold) endHold(r record) (reservationShape, reservationState, error) {
	e, err := reservationEvent(r)
	if err != nil {
		return e, reservationState{}, err
	}
	held, known := f.reservations[e.ReservationID]
	switch {
	case !known:
		return e, held, r.breaks(RuleEndsOnce, "the reservation was never held")
	case held.endedBy != "":
		return e, held, r.breaks(RuleEndsOnce, "the hold was ended by %s before", held.endedBy)
	case e.UserID != held.userID || e.PerformanceID != held.performance || fmt.Sprint(e.Seats) != fmt.Sprint(held.seats):
		return e, held, r.breaks(RuleShape, "user, performance or seats differ from those that were held")
	}
	held.endedBy = r.eventType
	f.reservations[e.ReservationID] = held
	return e, held, nil
}

// reservationEvent decodes an event of a reservation. Its tag is what the
// limit of holds per user is decided by, so an event without it is a fault.
func reservationEvent(r record) (reservationShape, error) {
	e, err := decode[reservationShape](r)
	if err != nil {
		return e, err
	}
	if err := r.in("reservation-" + e.ReservationID); err != nil {
		return e, err
	}
	if want := "holds-" + e.UserID; r.tag != want {
		return e, r.breaks(RuleShape, "tag is %q, expected %q", r.tag, want)
	}
	return e, nil
}
