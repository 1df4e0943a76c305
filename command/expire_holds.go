package command

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/holdfast-dev/holdfast/domain"
)

// DueHolds lists reservations that stand as held and whose end has passed by
// the store's clock, the longest past first, up to limit. It may lag behind
// the log: naming one that has ended already does no harm.
type DueHolds func(ctx context.Context, limit int) ([]domain.ReservationID, error)

const (
	// sweepPage is how many due holds are asked for at a time.
	sweepPage = 256
	// sweepers is how many are recorded at a time; the log groups them.
	sweepers = 32
)

// ExpireHolds records the ends of holds, every interval, until ctx ends. Any
// number of instances may run it: each end is recorded once, by whoever comes
// first. Faults are logged and tried again after the interval.
func (u *Unit) ExpireHolds(ctx context.Context, due DueHolds, interval time.Duration, logger *slog.Logger) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		}
		for u.sweep(ctx, due, logger) {
		}
		timer.Reset(interval)
	}
}

// sweep records the ends of one page of due holds. It reports whether another
// page is likely to be waiting: a full one of which something was recorded. A
// page that is full of what others have recorded waits for the list to catch up.
func (u *Unit) sweep(ctx context.Context, due DueHolds, logger *slog.Logger) (more bool) {
	page, err := due(ctx, sweepPage)
	if err != nil {
		if ctx.Err() == nil {
			logger.WarnContext(ctx, "due holds cannot be listed", slog.Any("error", err))
		}
		return false
	}
	var recorded, failed atomic.Int64
	var group errgroup.Group
	group.SetLimit(sweepers)
	for _, id := range page {
		if ctx.Err() != nil {
			break
		}
		group.Go(func() error {
			switch err := u.expire(ctx, id); {
			case err == nil:
				recorded.Add(1)
			case domain.CodeOf(err) == "" && ctx.Err() == nil:
				failed.Add(1)
				logger.WarnContext(ctx, "the end of a hold cannot be recorded",
					slog.String("reservation_id", string(id)), slog.Any("error", err))
			}
			return nil
		})
	}
	_ = group.Wait() // nothing in it returns an error
	return len(page) == sweepPage && recorded.Load() > 0 && failed.Load() == 0
}

// expire records one end. A refusal says that there is nothing to record: the
// hold has been ended, or it runs longer than the list believed.
func (u *Unit) expire(ctx context.Context, id domain.ReservationID) error {
	_, err := u.ExpireReservation(ctx, Envelope{Actor: "system:expire_holds"}, ExpireReservation{ReservationID: id})
	return err
}
