package command

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/holdfast-dev/holdfast/domain"
	"github.com/holdfast-dev/holdfast/eventstore"
)

// DueHolds lists reservations that stand as held and whose end has passed by
// the store's clock, the longest past first, up to limit. It may lag behind
// the log: naming one that has ended already does no harm. The slice becomes the
// caller's.
type DueHolds func(ctx context.Context, limit int) ([]domain.ReservationID, error)

const (
	// sweepPage is how many due holds are taken at a time.
	sweepPage = 256
	// sweepers is how many are recorded at a time; the log groups them.
	sweepers = 32
	// maxPassed is how many holds whose end could not be recorded are passed over
	// in a round. More than that are not a fault of the holds.
	maxPassed = 16 * sweepPage
	// maxNamed is how many of them are logged in a round.
	maxNamed = sweepPage
	// listLimit bounds asking for due holds.
	listLimit = 10 * time.Second
)

// ExpireHolds records the ends of holds, every interval, until ctx ends. Any
// number of instances may run it: each end is recorded once, by whoever comes
// first. Faults are logged and tried again after the interval; a hold whose end
// cannot be recorded does not keep the others from being ended.
func (u *Unit) ExpireHolds(ctx context.Context, due DueHolds, interval time.Duration, logger *slog.Logger) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		}
		round := sweep{unit: u, due: due, logger: logger, passed: make(map[domain.ReservationID]struct{})}
		for round.page(ctx) {
		}
		timer.Reset(interval)
	}
}

// sweep is one round over the due holds.
type sweep struct {
	unit   *Unit
	due    DueHolds
	logger *slog.Logger
	// passed are the holds that were tried and not recorded: they may stay at the
	// front of the list, and are looked past until the next round.
	passed map[domain.ReservationID]struct{}
	// named is how many faults there were.
	named int
}

// page records the ends of one page of due holds. It reports whether another
// page is likely to be waiting that can be recorded: this one was full, and
// something was recorded, or failed although the log answers. A page that is
// full of what others have recorded waits for the list to catch up.
func (s *sweep) page(ctx context.Context) (more bool) {
	page, full, err := s.list(ctx)
	if err != nil {
		if ctx.Err() == nil {
			s.logger.WarnContext(ctx, "due holds cannot be listed", slog.Any("error", err))
		}
		return false
	}
	ends := make([]error, len(page))
	var group errgroup.Group
	group.SetLimit(sweepers)
	for i, id := range page {
		group.Go(func() error {
			if ends[i] = ctx.Err(); ends[i] == nil {
				ends[i] = s.unit.expire(ctx, id)
			}
			return nil
		})
	}
	_ = group.Wait() // nothing in it returns an error
	if ctx.Err() != nil {
		return false
	}
	recorded, failed, away := false, false, false
	for i, id := range page {
		err := ends[i]
		if err == nil {
			recorded = true
			continue
		}
		s.passed[id] = struct{}{}
		if domain.CodeOf(err) == "" {
			failed, away = true, away || errors.Is(err, eventstore.ErrUnavailable) || errors.Is(err, eventstore.ErrClosed)
			s.warn(ctx, id, err)
		}
	}
	return full && (recorded || failed && !away) && len(s.passed) < maxPassed
}

// warn names a hold whose end cannot be recorded, up to as many in a round as
// somebody may want to read.
func (s *sweep) warn(ctx context.Context, id domain.ReservationID, err error) {
	s.named++
	if s.named > maxNamed {
		return
	}
	s.logger.WarnContext(ctx, "the end of a hold cannot be recorded",
		slog.String("reservation_id", string(id)), slog.Any("error", err))
}

// list returns the next due holds, and whether there may be more of them.
func (s *sweep) list(ctx context.Context) (page []domain.ReservationID, full bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, listLimit)
	defer cancel()
	limit := sweepPage + len(s.passed)
	page, err = s.due(ctx, limit)
	full = len(page) == limit
	page = slices.DeleteFunc(page, func(id domain.ReservationID) bool {
		_, passed := s.passed[id]
		return passed
	})
	return page[:min(len(page), sweepPage)], full, err
}

// expire records one end. A refusal says that there is nothing to record: the
// hold has been ended, or it runs longer than the list believed.
func (u *Unit) expire(ctx context.Context, id domain.ReservationID) error {
	_, err := u.ExpireReservation(ctx, Envelope{Actor: "system:expire_holds"}, ExpireReservation{ReservationID: id})
	return err
}
