package query

import (
	"context"
	"time"

	"github.com/holdfast-dev/holdfast/domain"
)

// Date is one performance of a concert as it is listed.
type Date struct {
	// Date is the local one in the performance's time zone, as 2006-01-02.
	Date           string
	PerformanceID  domain.PerformanceID
	StartsAt       time.Time
	SeatsTotal     int
	SeatsAvailable int
}

// DateList is the dates of a concert, by date and start.
type DateList struct {
	Dates    []Date
	Revision string
}

// DatesOfConcert asks on which dates a concert is played.
type DatesOfConcert struct {
	board Board
}

// NewDatesOfConcert returns the question to a board.
func NewDatesOfConcert(board Board) *DatesOfConcert { return &DatesOfConcert{board: board} }

// Ask lists the dates on which a seat can be had: those that have not begun and
// have an available seat. All lists every date. It refuses with
// concert_not_found, and fails with [ErrBehind].
func (q *DatesOfConcert) Ask(
	ctx context.Context, concert domain.ConcertID, all bool, position Position,
) (DateList, error) {
	if err := seen(ctx, q.board, position); err != nil {
		return DateList{}, err
	}
	performances, err := performancesOf(q.board, concert)
	if err != nil {
		return DateList{}, err
	}
	list := DateList{Dates: make([]Date, 0, len(performances))}
	var content digest
	now := q.board.Now()
	for _, seats := range performances {
		p, available := seats.Performance(), seats.At(now).Available()
		if !all && (available == 0 || !now.Before(p.StartsAt)) {
			continue
		}
		list.Dates = append(list.Dates, Date{
			Date:           p.Date,
			PerformanceID:  p.ID,
			StartsAt:       p.StartsAt,
			SeatsTotal:     p.SeatCount,
			SeatsAvailable: available,
		})
		// What else is listed of a performance never changes.
		content.text(string(p.ID))
		content.number(int64(available))
	}
	list.Revision = content.revision()
	return list, nil
}
