package waitingroom

import (
	"context"
	"errors"
)

// Leave gives up a place, or the admission that it has become. The next one is
// called at once. Leaving again, or leaving what is over, changes nothing.
//
// Refusal: queue_unavailable, after which leaving again settles it.
func (r *Rooms) Leave(ctx context.Context, place Place) error {
	return r.release(ctx, place)
}

// Spent ends the sessions of admissions that a payment has spent. It is for
// the log's follower, and may be repeated. A place without a number is found
// by its concert and its admission.
//
// Refusal: queue_unavailable, after which some may have been ended.
func (r *Rooms) Spent(ctx context.Context, places ...Place) error {
	for _, place := range places {
		if place.Number == 0 {
			number, found, err := r.numberOf(ctx, place)
			if err != nil {
				return err
			}
			if !found {
				continue
			}
			place.Number = number
		}
		if err := r.release(ctx, place); err != nil {
			return err
		}
	}
	return nil
}

func (r *Rooms) numberOf(ctx context.Context, place Place) (int64, bool, error) {
	ctx, cancel := context.WithTimeout(ctx, r.opts.Timeout)
	defer cancel()
	number, found, err := r.ledger.number(ctx, place)
	if err != nil {
		return 0, false, unavailable(err)
	}
	return number, found, nil
}

// release gives the place back in Redis first: Spent finds numbers in Postgres,
// and has to find them again if it is repeated because Redis did not answer.
func (r *Rooms) release(ctx context.Context, place Place) error {
	who, err := memberOf(place.UserID)
	if err != nil {
		return err
	}
	room, err := r.room(ctx, place.ConcertID, nil)
	if errors.Is(err, errNoRoom) {
		return nil
	}
	if err != nil {
		return err
	}
	answer, inc, err := r.call(ctx, room, order{
		script: releaseScript,
		users:  []member{who},
		args:   []any{place.Number, who[:]},
	})
	if err != nil {
		return err
	}
	inc.hear(answer.number(1))
	r.settled.Add(turn{place.ConcertID, place.Number}, outcome{incarnation: inc.number})

	ctx, cancel := context.WithTimeout(ctx, r.opts.Timeout)
	defer cancel()
	if err := r.ledger.end(ctx, place); err != nil {
		return unavailable(err)
	}
	return nil
}
