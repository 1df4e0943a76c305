package board

import (
	"iter"
	"time"

	"github.com/holdfast-dev/holdfast/domain"
	"github.com/holdfast-dev/holdfast/projections/sale"
)

// Stock is what a concert has to sell, as far as the board has read.
type Stock struct {
	Concert sale.Concert
	// Seats is how many seats there are, over all performances; Sold is how
	// many of these nobody can buy any more, because they are sold or because
	// their performance has begun. A seat that is held may come back, and does
	// not count. Neither number ever goes down.
	Seats, Sold int
}

// SoldOut reports whether there were seats, and nobody can buy any of them.
func (s Stock) SoldOut() bool { return s.Seats > 0 && s.Sold == s.Seats }

// Stocks visits what each concert has to sell, in the order of announcement.
func (b *Board) Stocks() iter.Seq[Stock] {
	return func(yield func(Stock) bool) {
		now, x := b.log.Clock(), b.index.Load()
		for _, concert := range x.concerts {
			if !yield(x.byConcert[concert.ID].stock(now)) {
				return
			}
		}
	}
}

// Stock returns what a concert has to sell, and false if there is no concert
// with this id.
func (b *Board) Stock(id domain.ConcertID) (Stock, bool) {
	entry, found := b.index.Load().byConcert[id]
	return entry.stock(b.log.Clock()), found
}

func (e entry) stock(now time.Time) Stock {
	stock := Stock{Concert: e.concert}
	for _, seats := range e.performances {
		p := seats.Performance()
		stock.Seats += p.SeatCount
		if now.Before(p.StartsAt) {
			stock.Sold += seats.Sold()
		} else {
			stock.Sold += p.SeatCount
		}
	}
	return stock
}
