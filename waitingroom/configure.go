package waitingroom

import (
	"context"
	"errors"
	"time"

	"github.com/holdfast-dev/holdfast/domain"
)

// Configure sets the capacity and the session length of a room, and opens the
// room if nobody has joined yet. A larger capacity calls people at once; with
// a smaller one nobody is sent away. Sessions that are under way keep their end.
//
// Refusal: queue_unavailable, after which configuring again settles it.
func (r *Rooms) Configure(ctx context.Context, concert domain.ConcertID, settings Settings) error {
	if err := settings.validate(); err != nil {
		return err
	}
	room, err := r.room(ctx, concert, &settings)
	if err != nil {
		return err
	}
	return r.change(ctx, room, func(ctx context.Context) (record, error) {
		return r.ledger.configure(ctx, concert, settings)
	})
}

// CloseQueue closes the queue of a concert that is sold out: those who wait and
// those who join get queue_closed. Those inside stay to their end. A concert
// whose room was never opened has no queue to close.
//
// Refusal: queue_unavailable, after which closing again settles it.
func (r *Rooms) CloseQueue(ctx context.Context, concert domain.ConcertID) error {
	return r.setClosed(ctx, concert, r.opts.Clock())
}

// ReopenQueue opens a queue again, for a concert that has got more seats. Those
// who waited stand where they stood.
func (r *Rooms) ReopenQueue(ctx context.Context, concert domain.ConcertID) error {
	return r.setClosed(ctx, concert, time.Time{})
}

func (r *Rooms) setClosed(ctx context.Context, concert domain.ConcertID, at time.Time) error {
	room, err := r.room(ctx, concert, nil)
	if errors.Is(err, errNoRoom) {
		return nil
	}
	if err != nil {
		return err
	}
	return r.change(ctx, room, func(ctx context.Context) (record, error) {
		return r.ledger.closeAt(ctx, concert, at)
	})
}

// change writes to Postgres first: a room that is restored in between takes
// the change from there.
func (r *Rooms) change(ctx context.Context, room *room, write func(context.Context) (record, error)) error {
	ledgerCtx, cancel := context.WithTimeout(ctx, r.opts.Timeout)
	defer cancel()
	changed, err := write(ledgerCtx)
	if err != nil {
		return unavailable(err)
	}
	closed := 0
	if changed.closed {
		closed = 1
	}
	_, _, err = r.call(ctx, room, order{script: configureScript, args: []any{
		changed.settings.Capacity, changed.settings.Session.Milliseconds(), closed,
	}})
	if err != nil {
		return err
	}
	return r.refresh(ctx, room)
}
