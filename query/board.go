package query

import (
	"context"
	"time"

	"github.com/holdfast-dev/holdfast/domain"
	"github.com/holdfast-dev/holdfast/projections/sale"
)

// Board is the sale in the memory of the process. What it returns is shared
// and must not be changed.
type Board interface {
	// WaitFor returns nil once the board shows the event at a position, or the
	// error of ctx.
	WaitFor(ctx context.Context, position Position) error
	// Now returns the store's time.
	Now() time.Time
	// Concerts returns all concerts in the order of their announcement.
	Concerts() []sale.Concert
	// Performances returns the performances of a concert by date and start, and
	// false if there is no such concert.
	Performances(concert domain.ConcertID) ([]*sale.Seats, bool)
	// Watch subscribes to the seats of a performance. It returns false if there
	// is no such performance.
	Watch(performance domain.PerformanceID) (*sale.Watch, bool)
}

// seen waits until the board has seen a position.
func seen(ctx context.Context, board Board, position Position) error {
	if position <= 0 {
		return nil
	}
	return await(ctx, func(ctx context.Context) error { return board.WaitFor(ctx, position) })
}

// performancesOf returns the performances of a concert, or concert_not_found.
func performancesOf(board Board, concert domain.ConcertID) ([]*sale.Seats, error) {
	performances, found := board.Performances(concert)
	if !found {
		return nil, domain.Refuse(domain.CodeConcertNotFound, "There is no concert %s.", concert)
	}
	return performances, nil
}
