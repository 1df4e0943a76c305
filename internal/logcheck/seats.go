package logcheck

import (
	"strconv"
	"time"
)

// performanceState is what is on sale, and which seats of it are sold: a bit
// each, so that a seat that is sold costs no more.
type performanceState struct {
	concert, date string
	count         int
	price         int64
	sold          []uint64
}

func (p *performanceState) isSold(seat int) bool {
	return len(p.sold) > seat/64 && p.sold[seat/64]&(1<<(seat%64)) != 0
}

func (p *performanceState) sell(seat int) {
	if p.sold == nil {
		p.sold = make([]uint64, p.count/64+1)
	}
	p.sold[seat/64] |= 1 << (seat % 64)
}

type seatKey struct {
	performance string
	number      int
}

// seatState is who holds a seat until when. It is there from a hold until the
// seat is released, held by somebody else or sold.
type seatState struct {
	reservation string
	price       int64
	end         time.Time
}

// heldAt reports whether somebody's hold on the seat is live at a time.
func (s seatState) heldAt(at time.Time) bool { return s.reservation != "" && at.Before(s.end) }

func (f *fold) scheduled(r record) error {
	e, err := decode[scheduledShape](r)
	if err != nil {
		return err
	}
	if err := r.in("performance-", e.PerformanceID); err != nil {
		return err
	}
	const most = 100_000
	if e.Seats.Count < 1 || e.Seats.Count > most || e.Seats.Price < 0 {
		return r.breaks(RuleShape, "%d seats at %d", e.Seats.Count, e.Seats.Price)
	}
	if r.version != 1 {
		return r.breaks(RuleShape, "the performance was scheduled before")
	}
	f.performances[e.PerformanceID] = &performanceState{
		concert: e.ConcertID, date: e.Date, count: e.Seats.Count, price: e.Seats.Price,
	}
	f.counts.SeatsOffered += int64(e.Seats.Count)
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
	if err := f.open.settle(r, part{reservation: e.ReservationID, seat: e.Seat}); err != nil {
		return err
	}
	held := f.reservation(e.ReservationID)
	if e.UserID != held.userID || e.PerformanceID != held.performance || milliseconds(e.HoldMs) != held.length {
		return r.breaks(RuleAtomic, "user, performance or length differ from those of reservation %s", e.ReservationID)
	}
	if price := f.performances[e.PerformanceID].price; e.Price != price {
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
	return f.open.settle(r, part{reservation: e.ReservationID, seat: e.Seat, detail: e.Reason})
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
	if user := f.reservation(e.ReservationID).userID; e.UserID != user {
		return r.breaks(RuleHolderOnly, "sold to user %s, held for user %s", e.UserID, user)
	}
	delete(f.seats, key)
	f.performances[e.PerformanceID].sell(e.Seat)
	f.counts.SeatsSold++
	return f.open.settle(r, part{reservation: e.ReservationID, seat: e.Seat, payment: e.PaymentID})
}

// seatEvent checks what every event of a seat must obey: it stands in the
// seat's own stream, the seat exists, and it is not sold yet.
func (f *fold) seatEvent(r record) (seatShape, seatKey, error) {
	e, err := decode[seatShape](r)
	if err != nil {
		return e, seatKey{}, err
	}
	key := seatKey{e.PerformanceID, e.Seat}
	if err := r.in("seat-", e.PerformanceID+"-"+strconv.Itoa(e.Seat)); err != nil {
		return e, key, err
	}
	p, known := f.performances[e.PerformanceID]
	switch {
	case !known:
		return e, key, r.breaks(RuleSeatExists, "performance %s was never scheduled", e.PerformanceID)
	case e.Seat < 1 || e.Seat > p.count:
		return e, key, r.breaks(RuleSeatExists, "performance %s has %d seats", e.PerformanceID, p.count)
	case p.isSold(e.Seat):
		return e, key, r.breaks(RuleSoldIsFinal, "the seat was sold before")
	}
	return e, key, nil
}
