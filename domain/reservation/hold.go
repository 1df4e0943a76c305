package reservation

import (
	"fmt"
	"slices"
	"time"

	"github.com/holdfast-dev/holdfast/domain"
)

// PickSeats judges the seat numbers of a request and returns them in
// ascending order. It refuses with invalid_request unless there are 1 to
// [domain.MaxSeats] numbers, no two the same.
func PickSeats(numbers []int) ([]int, error) {
	if len(numbers) < 1 || len(numbers) > domain.MaxSeats {
		return nil, domain.Invalid(domain.FieldError{
			Pointer: "/seats",
			Detail:  fmt.Sprintf("must name 1 to %d seats, names %d", domain.MaxSeats, len(numbers)),
		})
	}
	for i, n := range numbers {
		if slices.Contains(numbers[:i], n) {
			return nil, domain.Invalid(domain.FieldError{
				Pointer: fmt.Sprintf("/seats/%d", i),
				Detail:  fmt.Sprintf("names seat %d a second time", n),
			})
		}
	}
	picked := slices.Clone(numbers)
	slices.Sort(picked)
	return picked, nil
}

// Request is a wish for a reservation whose seats are there and available.
type Request struct {
	ID            domain.ReservationID
	UserID        domain.UserID
	ConcertID     domain.ConcertID
	PerformanceID domain.PerformanceID
	// Date is the performance's local date, as 2006-01-02.
	Date string
	// Seats come from [PickSeats].
	Seats []int
	// SeatPrice is the price of one seat.
	SeatPrice domain.Money
	// Length of the hold, in whole milliseconds.
	Length time.Duration
}

// Hold makes the reservation. What may refuse it is decided on the
// performance, the seats and the user's other holds.
func Hold(r Request) (Held, error) {
	price, ok := r.SeatPrice.Times(len(r.Seats))
	if !ok {
		return Held{}, fmt.Errorf("%d seats at %d each cost more than money can count", len(r.Seats), r.SeatPrice)
	}
	return Held{
		ReservationID: r.ID,
		UserID:        r.UserID,
		ConcertID:     r.ConcertID,
		PerformanceID: r.PerformanceID,
		Date:          r.Date,
		Seats:         r.Seats,
		Price:         price,
		HoldMs:        r.Length.Milliseconds(),
	}, nil
}
