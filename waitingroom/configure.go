package waitingroom

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/holdfast-dev/holdfast/domain"
)

// Configure sets the capacity and the session length of a room, also of one
// that nobody has joined yet. A larger capacity calls people at once; with a
// smaller one nobody is sent away. Sessions that are under way keep their end.
//
// The change is kept in Postgres and reaches Redis at once, or as soon as
// Redis is there.
//
// Refusal: queue_unavailable if Postgres does not answer, after which
// configuring again settles it.
func (r *Rooms) Configure(ctx context.Context, concert domain.ConcertID, settings Settings) error {
	if err := settings.validate(); err != nil {
		return err
	}
	return r.change(ctx, concert, func(ctx context.Context) (record, error) {
		return r.ledger.configure(ctx, concert, settings, r.opts.Clock())
	})
}

// CloseQueue closes the queue of a concert until [Rooms.ReopenQueue]: those
// who wait and those who join get queue_closed. Those inside stay to their
// end. A concert whose room was never opened or configured has no queue to
// close. A sold-out concert needs no closing, see [Rooms.Stock].
//
// It keeps its promise and refuses as Configure does.
func (r *Rooms) CloseQueue(ctx context.Context, concert domain.ConcertID) error {
	return r.setClosed(ctx, concert, r.opts.Clock())
}

// ReopenQueue undoes CloseQueue. Those who waited stand where they stood. The
// queue of a concert that is sold out stays closed.
func (r *Rooms) ReopenQueue(ctx context.Context, concert domain.ConcertID) error {
	return r.setClosed(ctx, concert, time.Time{})
}

func (r *Rooms) setClosed(ctx context.Context, concert domain.ConcertID, at time.Time) error {
	return r.change(ctx, concert, func(ctx context.Context) (record, error) {
		return r.ledger.closeAt(ctx, concert, at)
	})
}

// change writes to Postgres, which decides, and then tells Redis.
func (r *Rooms) change(ctx context.Context, concert domain.ConcertID, write func(context.Context) (record, error)) error {
	ledgerCtx, cancel := context.WithTimeout(ctx, r.opts.Timeout)
	defer cancel()
	changed, err := write(ledgerCtx)
	switch {
	case errors.Is(err, errNoRoom):
		return nil
	case err != nil:
		return unavailable(err)
	}
	r.tell(ctx, concert, changed)
	return nil
}

// tell brings what was decided into Redis at once. If that fails, the room is
// restored with it, or whichever instance reads the room settles it.
func (r *Rooms) tell(ctx context.Context, concert domain.ConcertID, decided record) {
	room, err := r.room(ctx, concert, nil)
	if err == nil {
		err = r.apply(ctx, room, decided)
	}
	if err != nil {
		r.opts.Logger.WarnContext(ctx, "a change of a waiting room is kept, and has yet to reach Redis",
			slog.String("concertId", string(concert)), slog.Any("error", err))
	}
}

// apply brings a room in Redis to the settings and the closure of a record,
// unless it has later ones.
func (r *Rooms) apply(ctx context.Context, room *room, decided record) error {
	_, _, err := r.call(ctx, room, order{script: configureScript, args: []any{
		decided.settings.Capacity, decided.settings.Session.Milliseconds(), string(decided.closure), decided.revision,
	}})
	if err != nil {
		return err
	}
	return r.refresh(ctx, room)
}
