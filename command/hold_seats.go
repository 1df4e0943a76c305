package command

import (
	"context"
	"time"

	"github.com/holdfast-dev/holdfast/domain"
	"github.com/holdfast-dev/holdfast/domain/admission"
	"github.com/holdfast-dev/holdfast/domain/holds"
	"github.com/holdfast-dev/holdfast/domain/performance"
	"github.com/holdfast-dev/holdfast/domain/reservation"
	"github.com/holdfast-dev/holdfast/domain/seat"
	"github.com/holdfast-dev/holdfast/eventstore"
)

// HoldSeats asks for a reservation of one to eight seats, all or none.
type HoldSeats struct {
	UserID domain.UserID
	// ConcertID is the concert that the admission opens, empty for any.
	ConcertID domain.ConcertID
	// AdmissionID is the turn under which seats are held, empty if none is
	// needed. Holding seats does not spend it.
	AdmissionID domain.AdmissionID
	// AdmittedUntil is when the admission ends, zero for never.
	AdmittedUntil time.Time
	PerformanceID domain.PerformanceID
	// Seats are the numbers, in any order.
	Seats []int
}

// HoldSeats holds seats for a user until the hold ends by the store's clock.
//
// It refuses with invalid_request unless there are 1 to 8 distinct numbers,
// then as [performance.State.Offer] does, then with seat_unavailable naming
// every seat that somebody has (the user's own live hold counts), then with
// admission_spent or not_admitted if the admission has ended, then with
// limit_exceeded if the user would have too many seats on hold.
func (u *Unit) HoldSeats(ctx context.Context, env Envelope, c HoldSeats) (Accepted[Reservation], error) {
	seats, err := reservation.PickSeats(c.Seats)
	if err != nil {
		return Accepted[Reservation]{}, err
	}
	h := hold{HoldSeats: c, numbers: seats, settings: u.settings, id: domain.ReservationID(u.newID())}
	return do(ctx, u, env, order{
		name:        "hold_seats",
		fingerprint: h.fingerprint(),
		streams:     h.streams(),
		tags:        []string{holds.Tag(c.UserID)},
		decide:      h.decide,
	}, reservationFrom)
}

// hold is one execution of [HoldSeats].
type hold struct {
	HoldSeats
	// numbers are the seats in ascending order.
	numbers  []int
	settings Settings
	id       domain.ReservationID
}

func (h *hold) fingerprint() [digestSize]byte {
	r := newRequest("hold_seats").text(string(h.UserID)).text(string(h.PerformanceID))
	for _, n := range h.numbers {
		r = r.number(int64(n))
	}
	return r.fingerprint()
}

// streams names what the decision reads. Numbers that no performance has are
// left out: they are refused without a look at the seat.
func (h *hold) streams() []string {
	numbers := h.numbers
	for len(numbers) > 0 && numbers[0] < 1 {
		numbers = numbers[1:]
	}
	for len(numbers) > 0 && numbers[len(numbers)-1] > performance.MaxSeats {
		numbers = numbers[:len(numbers)-1]
	}
	streams := append(seatStreams(h.PerformanceID, numbers), performance.Stream(h.PerformanceID))
	if h.AdmissionID != "" {
		streams = append(streams, admission.Stream(h.AdmissionID))
	}
	return streams
}

// decide looks at the seats before it looks at the user: in a rush nearly all
// are refused here, on states that everybody shares.
func (h *hold) decide(tx transaction) error {
	offered, err := load[performance.State](tx, performance.Stream(h.PerformanceID))
	if err != nil {
		return err
	}
	if err := offered.Offer(tx.Now(), h.ConcertID, h.numbers); err != nil {
		return err
	}
	states, err := loadSeats(tx, h.PerformanceID, h.numbers)
	if err != nil {
		return err
	}
	held, err := seat.Hold(tx.Now(), seat.Claim{
		PerformanceID: h.PerformanceID, ReservationID: h.id, UserID: h.UserID,
		Price: offered.Seats.Price, Length: h.settings.HoldDuration,
	}, h.numbers, states)
	if err != nil {
		return err
	}
	if err := h.permit(tx); err != nil {
		return err
	}
	lead, err := reservation.Hold(reservation.Request{
		ID: h.id, UserID: h.UserID, ConcertID: offered.ConcertID, PerformanceID: h.PerformanceID, Date: offered.Date,
		Seats: h.numbers, SeatPrice: offered.Seats.Price, Length: h.settings.HoldDuration,
	})
	if err != nil {
		return err
	}
	stream := reservation.Stream(h.id)
	tx.Fresh(stream)
	f := facts{events: make([]eventstore.NewEvent, 0, 1+len(held))}
	f.addTagged(stream, holds.Tag(h.UserID), lead)
	for _, e := range held {
		f.add(seat.Stream(h.PerformanceID, e.Seat), e)
	}
	return f.record(tx)
}

// permit refuses if the user may not hold these seats, available or not.
func (h *hold) permit(tx transaction) error {
	if h.AdmissionID != "" {
		if _, err := openTurn(tx, h.AdmissionID, h.AdmittedUntil); err != nil {
			return err
		}
	}
	others, err := loadHolds(tx, h.UserID)
	if err != nil {
		return err
	}
	return others.Allow(tx.Now(), len(h.numbers), h.settings.MaxLiveHolds)
}
