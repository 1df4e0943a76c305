package waitingroom

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/holdfast-dev/holdfast/domain"
)

// settleEvery is how often an instance compares the rooms that it reads with
// what Postgres has decided about them: one statement, whatever their number.
const settleEvery = 2 * time.Second

// settle brings into Redis what was decided and has not reached it, because
// whoever decided it could not reach Redis, or ended on the way.
func (r *Rooms) settle(ctx context.Context) error {
	rooms := r.rooms.Load()
	if len(rooms.inOrder) == 0 {
		return nil
	}
	concerts := make([]domain.ConcertID, len(rooms.inOrder))
	for i, room := range rooms.inOrder {
		concerts[i] = room.concert
	}
	ledgerCtx, cancel := context.WithTimeout(ctx, r.opts.Timeout)
	defer cancel()
	decided, err := r.ledger.records(ledgerCtx, concerts)
	if err != nil {
		return unavailable(err)
	}
	var errs []error
	for _, d := range decided {
		room := rooms.byConcert[d.concert]
		if room.latest.Load().revision < d.revision {
			errs = append(errs, r.apply(ctx, room, d.record))
		}
	}
	return errors.Join(errs...)
}

// reportUnsettled logs when settling begins to fail, and not each time.
func (r *Rooms) reportUnsettled(ctx context.Context, err error) {
	if was := r.unsettled.Swap(err != nil); !was && err != nil && ctx.Err() == nil {
		r.opts.Logger.WarnContext(ctx, "changes of waiting rooms cannot be brought into Redis; trying again", slog.Any("error", err))
	}
}
