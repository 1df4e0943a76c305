package replay

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/holdfast-dev/holdfast/domain"
	"github.com/holdfast-dev/holdfast/domain/performance"
	"github.com/holdfast-dev/holdfast/domain/seat"
	"github.com/holdfast-dev/holdfast/eventstore"
)

// SeatMap is the seats of a performance at a moment.
type SeatMap struct {
	PerformanceID domain.PerformanceID
	Moment        Moment
	Performance   performance.State
	// Seats are in the order of their numbers, from 1.
	Seats []Seat
}

// Seat is one seat at a moment.
type Seat struct {
	Number int    `json:"number"`
	Status string `json:"status"`
	// ReservationID and UserID are whose it is, empty if it is available.
	ReservationID domain.ReservationID `json:"reservationId,omitempty"`
	UserID        domain.UserID        `json:"userId,omitempty"`
	// HeldUntil is when the hold ends.
	HeldUntil *time.Time `json:"heldUntil,omitempty"`
}

// SeatMap returns the seats of a performance at a moment: what the rules said
// to somebody who asked then.
func (h History) SeatMap(ctx context.Context, id domain.PerformanceID, at Moment) (SeatMap, error) {
	m := SeatMap{PerformanceID: id, Moment: at}
	scheduled, err := h.Snapshot(ctx, performance.Stream(id), at)
	if err != nil {
		return m, err
	}
	state, exists := scheduled.State.(performance.State)
	if !exists {
		return m, fmt.Errorf("%w about performance %s up to position %d", ErrNothing, id, at.Position)
	}
	m.Performance = state
	seats := make([]Snapshot, state.Seats.Count)
	prefix := seat.Category + "-" + string(id) + "-"
	selection := eventstore.Selection{Streams: []string{prefix + "*"}, UpTo: at.Position}
	err = h.Log.Select(ctx, selection, func(e eventstore.Event) error {
		number, err := strconv.Atoi(strings.TrimPrefix(e.Stream, prefix))
		if err != nil || number < 1 || number > len(seats) {
			return fmt.Errorf("position %d: stream %s is no seat of a performance with %d", e.Position, e.Stream, len(seats))
		}
		return h.apply(&seats[number-1], e)
	}, nil)
	if err != nil {
		return m, err
	}
	for i, snapshot := range seats {
		state, _ := snapshot.State.(seat.State) // without events it is available
		m.Seats = append(m.Seats, seatAt(i+1, state, at.At))
	}
	return m, nil
}

func seatAt(number int, s seat.State, at time.Time) Seat {
	shown := Seat{Number: number, Status: seatStatus(s, at)}
	if shown.Status == Available {
		return shown
	}
	shown.ReservationID, shown.UserID = s.ReservationID, s.UserID
	if shown.Status == Held {
		ends := s.Ends.UTC()
		shown.HeldUntil = &ends
	}
	return shown
}

// Totals counts seats by their status.
type Totals struct {
	Available int `json:"available"`
	Held      int `json:"held"`
	Sold      int `json:"sold"`
}

// Totals counts the seats.
func (m SeatMap) Totals() (t Totals) {
	for _, s := range m.Seats {
		switch s.Status {
		case Available:
			t.Available++
		case Held:
			t.Held++
		case Sold:
			t.Sold++
		}
	}
	return t
}
