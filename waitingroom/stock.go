package waitingroom

import (
	"context"

	"github.com/holdfast-dev/holdfast/domain"
)

// Stock is what a concert has to sell, as one reader of the log knows it.
type Stock struct {
	ConcertID domain.ConcertID
	// Seats is how many seats there are, over all performances; Sold is how
	// many of these nobody can buy any more. Neither ever goes down.
	Seats, Sold int64
	// Settings are those of a room that nobody has joined yet.
	Settings Settings
}

// SoldOut reports whether there were seats, and nobody can buy any of them.
func (s Stock) SoldOut() bool { return s.Seats > 0 && s.Sold >= s.Seats }

// Stock closes the queues of concerts that are sold out, and opens those of
// concerts that have got more seats: those who waited stand where they stood.
// Every instance may tell, as often and in whatever order it likes: what
// counts is the most seats that anybody has told of, so an instance that is
// behind with the log opens and closes nothing wrongly.
//
// What is told is kept in Postgres and reaches Redis at once, or as soon as
// Redis is there. A queue that an operator has closed stays closed.
//
// Refusal: queue_unavailable if Postgres does not answer.
func (r *Rooms) Stock(ctx context.Context, stocks ...Stock) error {
	for _, s := range stocks {
		if err := s.Settings.validate(); err != nil {
			return err
		}
	}
	ledgerCtx, cancel := context.WithTimeout(ctx, r.opts.Timeout)
	defer cancel()
	changed, err := r.ledger.stock(ledgerCtx, stocks, r.opts.Clock())
	if err != nil {
		return unavailable(err)
	}
	for _, l := range changed {
		r.tell(ctx, l.concert, l.record)
	}
	return nil
}
