package logcheck

import (
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// fields is the payload of a drafted event.
type fields map[string]any

// with returns a copy with one field changed: how most faults are planted.
func (f fields) with(name string, value any) fields {
	changed := fields{name: value}
	for key, old := range f {
		if key != name {
			changed[key] = old
		}
	}
	return changed
}

// draft is a log in the making. Its clock stands still until it is moved.
type draft struct {
	t       *testing.T
	clock   time.Time
	records []record
}

func newDraft(t *testing.T) *draft {
	t.Helper()
	return &draft{t: t, clock: time.Date(2026, 11, 2, 10, 0, 0, 0, time.UTC)}
}

// later moves the clock.
func (d *draft) later(by time.Duration) { d.clock = d.clock.Add(by) }

// event appends one event, with the next position and the next version.
func (d *draft) event(stream, eventType string, payload fields) {
	d.t.Helper()
	text, err := json.Marshal(payload)
	require.NoError(d.t, err)
	version := int64(1)
	for _, r := range d.records {
		if r.stream == stream {
			version++
		}
	}
	tag := ""
	if user, ok := payload["userId"]; ok && payload["seats"] != nil {
		tag = fmt.Sprintf("holds-%s", user)
	}
	d.records = append(d.records, record{
		position: int64(len(d.records)) + 1, stream: stream, version: version,
		eventType: eventType, tag: tag, payload: string(text), recordedAt: d.clock,
	})
}

// last is the latest event, to be tampered with.
func (d *draft) last() *record { return &d.records[len(d.records)-1] }

// check folds the draft.
func (d *draft) check() error {
	_, err := d.verify()
	return err
}

// verify folds the draft and sums it up.
func (d *draft) verify() (Figures, error) {
	f := newFold(int64(len(d.records)))
	var fault error
	for _, r := range d.records {
		if fault = f.add(r); fault != nil {
			break
		}
	}
	fault = f.finish(fault, func(position int64) (record, error) { return d.records[position-1], nil })
	return f.figures(), errors.Join(fault, f.ledger.close())
}

// hold is a hold that the drafts refer to again and again.
type hold struct {
	id    string
	user  string
	seats []int
	end   time.Time
}

const (
	seatPrice = 4500
	saleDate  = "2026-12-24"
	holdFor   = 5 * time.Minute
)

func (d *draft) schedule() { d.scheduled(50, seatPrice) }

func (d *draft) scheduled(seats, price int) {
	d.event("performance-p1", performanceScheduled,
		fields{"performanceId": "p1", "concertId": "c1", "date": saleDate, "seats": fields{"count": seats, "price": price}})
}

// charge appends a charge of the wallet of u1.
func (d *draft) charge(id string, amount, balance int) {
	d.event("wallet-u1", walletCharged,
		fields{"chargeId": id, "userId": "u1", "amount": amount, "balance": balance})
}

// hold appends a whole hold.
func (d *draft) hold(id, user string, seats ...int) hold {
	h := d.lead(id, user, seats...)
	for _, seat := range seats {
		d.seat(seatHeld, seat, h.heldSeat(seat))
	}
	return h
}

// lead appends the leading event of a hold alone.
func (d *draft) lead(id, user string, seats ...int) hold {
	h := hold{id: id, user: user, seats: seats, end: d.clock.Add(holdFor)}
	d.event("reservation-"+id, reservationHeld,
		h.fields().with("price", seatPrice*len(seats)).with("holdMs", holdFor.Milliseconds()))
	return h
}

func (d *draft) seat(eventType string, seat int, payload fields) {
	d.event(fmt.Sprintf("seat-p1-%d", seat), eventType, payload)
}

// giveBack appends the end of a hold with the release of the given seats.
func (d *draft) giveBack(h hold, eventType, reason string, released ...int) {
	d.event("reservation-"+h.id, eventType,
		h.fields().with("price", seatPrice*len(h.seats)).with("expiresAt", h.end))
	for _, seat := range released {
		d.seat(seatReleased, seat,
			fields{"performanceId": "p1", "seat": seat, "reservationId": h.id, "reason": reason})
	}
}

// pay appends a whole payment that leaves the given balance.
func (d *draft) pay(h hold, payment, admission string, balance int) {
	d.event("reservation-"+h.id, reservationConfirmed, h.confirmed(payment, admission, balance))
	d.event("wallet-"+h.user, walletDebited, h.debited(payment, balance))
	for _, seat := range h.seats {
		d.seat(seatSold, seat, h.soldSeat(seat, payment))
	}
	if admission != "" {
		d.event("admission-"+admission, admissionSpent,
			fields{"admissionId": admission, "userId": h.user, "concertId": "c1", "paymentId": payment})
	}
}

func (h hold) fields() fields {
	return fields{
		"reservationId": h.id, "userId": h.user, "concertId": "c1", "performanceId": "p1", "date": saleDate, "seats": h.seats,
	}
}

func (h hold) heldSeat(seat int) fields {
	return fields{
		"performanceId": "p1", "seat": seat, "reservationId": h.id, "userId": h.user,
		"price": seatPrice, "holdMs": holdFor.Milliseconds(),
	}
}

func (h hold) soldSeat(seat int, payment string) fields {
	return fields{
		"performanceId": "p1", "seat": seat, "reservationId": h.id, "userId": h.user,
		"price": seatPrice, "paymentId": payment,
	}
}

func (h hold) confirmed(payment, admission string, balance int) fields {
	return h.fields().with("paymentId", payment).with("admissionId", admission).
		with("amount", seatPrice*len(h.seats)).with("balance", balance)
}

func (h hold) debited(payment string, balance int) fields {
	return fields{
		"paymentId": payment, "reservationId": h.id, "userId": h.user,
		"amount": seatPrice * len(h.seats), "balance": balance,
	}
}
