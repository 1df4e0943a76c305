package query

import (
	"context"
	"strings"
	"time"

	"github.com/holdfast-dev/holdfast/domain"
	"github.com/holdfast-dev/holdfast/projections/sale"
)

// SeatList is the seats of all performances of a concert on one date.
type SeatList struct {
	// Date is the local one, as 2006-01-02.
	Date string
	// Performances are in the order of their start.
	Performances []PerformanceSeats
	Revision     string
}

// PerformanceSeats is the seats of one performance at one moment.
type PerformanceSeats struct {
	PerformanceID domain.PerformanceID
	StartsAt      time.Time

	view          *sale.View
	availableOnly bool
}

// Seat is one seat at one moment.
type Seat struct {
	Number int
	// State is "available", "held" or "sold".
	State string
	Price domain.Money
}

// SeatsOfDate asks which seats there are on a date, and who can have them.
type SeatsOfDate struct {
	board Board
}

// NewSeatsOfDate returns the question to a board.
func NewSeatsOfDate(board Board) *SeatsOfDate { return &SeatsOfDate{board: board} }

// Ask lists the seats of a concert on a date, or only the available ones. It
// refuses with concert_not_found and date_not_found, and fails with
// [ErrBehind]. What it costs does not depend on the number of seats.
func (q *SeatsOfDate) Ask(
	ctx context.Context, concert domain.ConcertID, date string, availableOnly bool, position Position,
) (SeatList, error) {
	if err := seen(ctx, q.board, position); err != nil {
		return SeatList{}, err
	}
	performances, err := performancesOf(q.board, concert)
	if err != nil {
		return SeatList{}, err
	}
	list := SeatList{Date: date}
	revisions := make([]string, 0, 4)
	now := q.board.Now()
	for _, seats := range performances {
		p := seats.Performance()
		if p.Date != date {
			continue
		}
		view := seats.At(now)
		list.Performances = append(list.Performances, PerformanceSeats{
			PerformanceID: p.ID, StartsAt: p.StartsAt, view: view, availableOnly: availableOnly,
		})
		revisions = append(revisions, view.Revision())
	}
	if len(list.Performances) == 0 {
		return SeatList{}, domain.Refuse(CodeDateNotFound, "The concert is not played on %s.", date)
	}
	if availableOnly {
		revisions = append(revisions, "available")
	}
	list.Revision = strings.Join(revisions, ".")
	return list, nil
}

// Seats returns the seats one by one. For sending them, [SeatList.AppendJSON]
// is faster by orders of magnitude.
func (p PerformanceSeats) Seats() []Seat {
	price := p.view.Performance().SeatPrice
	var seats []Seat
	for number, state := range p.view.Seats() {
		if !p.availableOnly || state == sale.Available {
			seats = append(seats, Seat{Number: number, State: state.String(), Price: price})
		}
	}
	return seats
}

// Available returns how many seats can be had.
func (p PerformanceSeats) Available() int { return p.view.Available() }

// AppendJSON appends the list as the JSON object {"date", "performances":
// [{"performanceId", "startsAt", "seats": [{"number", "state", "price"}]}]}.
// The seats are copied from what is kept rendered.
func (l SeatList) AppendJSON(dst []byte) []byte {
	dst = append(dst, `{"date":"`...)
	dst = append(dst, l.Date...)
	dst = append(dst, `","performances":[`...)
	for i, p := range l.Performances {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = p.appendJSON(dst)
	}
	return append(dst, `]}`...)
}

func (p PerformanceSeats) appendJSON(dst []byte) []byte {
	dst = append(dst, `{"performanceId":"`...)
	dst = append(dst, p.PerformanceID...)
	dst = append(dst, `","startsAt":"`...)
	dst = p.StartsAt.UTC().AppendFormat(dst, time.RFC3339Nano)
	dst = append(dst, `","seats":`...)
	for _, piece := range p.view.JSON(p.availableOnly) {
		dst = append(dst, piece...)
	}
	return append(dst, '}')
}
