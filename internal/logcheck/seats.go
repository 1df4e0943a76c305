package logcheck

import (
	"fmt"
	"time"
)

type seatKey struct {
	performance string
	number      int
}

func (k seatKey) stream() string { return fmt.Sprintf("seat-%s-%d", k.performance, k.number) }

// seatState is who has a seat: nobody (zero), a holder until end, or its buyer.
type seatState struct {
	reservation string
	price       int64
	end         time.Time
	sold        bool
}

// heldAt reports whether somebody's hold on the seat is live at a time.
func (s seatState) heldAt(at time.Time) bool { return s.reservation != "" && at.Before(s.end) }

func (f *fold) scheduled(r record) error {
	e, err := decode[scheduledShape](r)
	if err != nil {
		return err
	}
	if err := r.in("performance-" + e.PerformanceID); err != nil {
		return err
	}
	if e.Seats.Count < 1 || e.Seats.Price < 0 {
		return r.breaks(RuleShape, "%d seats at %d", e.Seats.Count, e.Seats.Price)
	}
	f.performances[e.PerformanceID] = e
	return nil
}

func (f *fold) seatHeld(r record) error {
	e, key, err := f.seatEvent(r)
	if err != nil {
		return err
	}
	seat := f.seats[key]
	if seat.heldAt(r.recordedAt) {
		return r.breaks(RuleOneHolder, "reservation %s holds the seat until %s, this is %s",
			seat.reservation, seat.end, r.recordedAt)
	}
	if err := f.open.settle(r, heldPart(e.ReservationID, e.Seat)); err != nil {
		return err
	}
	held := f.reservations[e.ReservationID]
	if e.UserID != held.userID || e.PerformanceID != held.performance || milliseconds(e.HoldMs) != held.length {
		return r.breaks(RuleAtomic, "user, performance or length differ from those of reservation %s", e.ReservationID)
	}
	if price := f.performances[e.PerformanceID].Seats.Price; e.Price != price {
		return r.breaks(RulePrice, "held at %d, the performance's seats cost %d", e.Price, price)
	}
	f.seats[key] = seatState{reservation: e.ReservationID, price: e.Price, end: r.recordedAt.Add(held.length)}
	return nil
}

func (f *fold) seatReleased(r record) error {
	e, key, err := f.seatEvent(r)
	if err != nil {
		return err
	}
	if seat := f.seats[key]; seat.reservation != e.ReservationID {
		return r.breaks(RuleHolderOnly, "released by reservation %s, held by %q", e.ReservationID, seat.reservation)
	}
	delete(f.seats, key)
	return f.open.settle(r, releasedPart(e.ReservationID, e.Seat, e.Reason))
}

func (f *fold) seatSold(r record) error {
	e, key, err := f.seatEvent(r)
	if err != nil {
		return err
	}
	seat := f.seats[key]
	if seat.reservation != e.ReservationID {
		return r.breaks(RuleHolderOnly, "sold to reservation %s, held by %q", e.ReservationID, seat.reservation)
	}
	if !r.recordedAt.Before(seat.end) {
		return r.breaks(RuleInTime, "sold at %s, the hold ended at %s", r.recordedAt, seat.end)
	}
	if e.Price != seat.price {
		return r.breaks(RulePrice, "sold at %d, held at %d", e.Price, seat.price)
	}
	if user := f.reservations[e.ReservationID].userID; e.UserID != user {
		return r.breaks(RuleHolderOnly, "sold to user %s, held for user %s", e.UserID, user)
	}
	f.seats[key] = seatState{reservation: e.ReservationID, price: e.Price, sold: true}
	return f.open.settle(r, soldPart(e.ReservationID, e.Seat, e.PaymentID))
}

// seatEvent checks what every event of a seat must obey: it stands in the
// seat's own stream, the seat exists, and it is not sold yet.
func (f *fold) seatEvent(r record) (seatShape, seatKey, error) {
	e, err := decode[seatShape](r)
	if err != nil {
		return e, seatKey{}, err
	}
	key := seatKey{e.PerformanceID, e.Seat}
	if err := r.in(key.stream()); err != nil {
		return e, key, err
	}
	if p, known := f.performances[e.PerformanceID]; !known || e.Seat < 1 || e.Seat > p.Seats.Count {
		return e, key, r.breaks(RuleSeatExists, "performance %s has %d seats", e.PerformanceID, p.Seats.Count)
	}
	if seat := f.seats[key]; seat.sold {
		return e, key, r.breaks(RuleSoldIsFinal, "sold to reservation %s before", seat.reservation)
	}
	return e, key, nil
}
