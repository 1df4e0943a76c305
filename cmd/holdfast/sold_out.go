package main

import (
	"context"
	"iter"
	"log/slog"
	"sync"
	"time"

	"github.com/holdfast-dev/holdfast/domain"
	"github.com/holdfast-dev/holdfast/projections/board"
	"github.com/holdfast-dev/holdfast/waitingroom"
)

// stockTakingEvery is how often an instance looks through the board for
// concerts that have sold out or got more seats. A look takes some
// microseconds, and tells nobody unless something has changed.
const stockTakingEvery = 500 * time.Millisecond

// stockTaker tells the waiting rooms what the concerts have to sell, so that
// the queue of a concert that is sold out closes, and opens when there are more
// seats. It compares what is with what it has told, and not what has changed,
// so whatever was missed, because a store was away or the process ended, is
// told in the end. Every instance has one; telling the same twice is harmless.
type stockTaker struct {
	rooms  stockedRooms
	logger *slog.Logger

	// mu lets one caller take stock at a time.
	mu sync.Mutex
	// told is what the rooms know of each concert.
	told map[domain.ConcertID]toldStock
	// failing is set while the rooms cannot be told.
	failing bool
}

// stockedRooms are the waiting rooms, see [waitingroom.Rooms.Stock].
type stockedRooms interface {
	Stock(ctx context.Context, stocks ...waitingroom.Stock) error
}

func newStockTaker(rooms stockedRooms, logger *slog.Logger) *stockTaker {
	return &stockTaker{rooms: rooms, logger: logger, told: map[domain.ConcertID]toldStock{}}
}

// toldStock is the part of a stock on which it depends whether a queue is open.
type toldStock struct {
	seats   int
	soldOut bool
}

// run takes stock of everything until ctx ends.
func (s *stockTaker) run(ctx context.Context, stocks iter.Seq[board.Stock]) {
	ticker := time.NewTicker(stockTakingEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			s.take(ctx, stocks)
		}
	}
}

// take tells of those concerts about which there is something to tell.
func (s *stockTaker) take(ctx context.Context, stocks iter.Seq[board.Stock]) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var changed []waitingroom.Stock
	for stock := range stocks {
		if (toldStock{stock.Seats, stock.SoldOut()}) == s.told[stock.Concert.ID] {
			continue
		}
		changed = append(changed, waitingroom.Stock{
			ConcertID: stock.Concert.ID, Seats: int64(stock.Seats), Sold: int64(stock.Sold),
			Settings: waitingroom.Settings{Capacity: stock.Concert.QueueCapacity, Session: stock.Concert.Session},
		})
	}
	if len(changed) == 0 {
		return
	}
	err := s.rooms.Stock(ctx, changed...)
	s.report(ctx, err)
	if err != nil {
		return
	}
	for _, stock := range changed {
		s.told[stock.ConcertID] = toldStock{seats: int(stock.Seats), soldOut: stock.SoldOut()}
	}
}

// report says when telling begins to fail, and not each time.
func (s *stockTaker) report(ctx context.Context, err error) {
	if err != nil && !s.failing && ctx.Err() == nil {
		s.logger.WarnContext(ctx, "the waiting rooms cannot be told what is sold out; trying again", slog.Any("error", err))
	}
	s.failing = err != nil
}
