package waitingroom

import (
	"context"
	"errors"
	"time"

	"github.com/holdfast-dev/holdfast/domain"
)

// Look returns a place as it stands. While the place waits it asks no store,
// whether stores are there or not. At the turn it takes the turn up, which
// asks Redis and Postgres, once: the view then carries a place with an end.
// Looking again with the earlier place gives the same admission.
//
// A place that carries an admission is answered from itself; whether it was
// spent or given up before its end is for the log to say.
//
// Refusals: queue_closed, and at the turn queue_unavailable.
func (r *Rooms) Look(ctx context.Context, place Place) (View, error) {
	now := r.opts.Clock()
	if !place.AdmittedUntil.IsZero() {
		return admitted(place, now), nil
	}
	room, err := r.room(ctx, place.ConcertID, nil)
	if err != nil {
		if errors.Is(err, errNoRoom) {
			return ended(place), nil
		}
		return View{}, err
	}
	room.touch(now)
	return r.lookIn(ctx, room, place)
}

func (r *Rooms) lookIn(ctx context.Context, room *room, place Place) (View, error) {
	latest := room.latest.Load()
	if place.Number <= latest.incarnation.served.Load() {
		return r.claim(ctx, room, place)
	}
	// In front of a closed queue too: it may open again.
	room.noteReturn(latest.incarnation, place)
	if latest.closure != Open {
		return View{}, latest.closure.refusal()
	}
	return latest.view(place, r.polls), nil
}

// turn names a turn that has come.
type turn struct {
	concert domain.ConcertID
	number  int64
}

// outcome is how a turn came out.
type outcome struct {
	// until is the end of the admission; zero if there was none.
	until time.Time
	// incarnation is the one in which there was none: a loss of Redis may
	// give it another chance.
	incarnation int64
}

// claim takes up the turn of a place.
func (r *Rooms) claim(ctx context.Context, room *room, place Place) (View, error) {
	now := r.opts.Clock()
	if known, ok := r.settled.Get(turn{place.ConcertID, place.Number}); ok {
		if !known.until.IsZero() {
			place.AdmittedUntil = known.until
			return admitted(place, now), nil
		}
		if known.incarnation == room.current.Load().number {
			return ended(place), nil
		}
	}
	for range attempts {
		view, err := r.claimOnce(ctx, room, place, now)
		if !errors.Is(err, errMoved) {
			return view, err
		}
		// Redis was lost between the claim and its note in Postgres: what was
		// claimed there is void.
		if err := r.enter(ctx, room, room.current.Load()); err != nil {
			return View{}, err
		}
	}
	return View{}, unavailable(errUnsettled)
}

func (r *Rooms) claimOnce(ctx context.Context, room *room, place Place, now time.Time) (View, error) {
	r.counters.claims.Add(1)
	latest := room.latest.Load()
	ends := now.Add(latest.session).Truncate(time.Second)
	answer, inc, err := r.call(ctx, room, order{script: claimScript, args: []any{place.Number, ends.UnixMilli()}})
	if err != nil {
		return View{}, err
	}
	switch answer.word() {
	case wordAdmitted:
		place.AdmittedUntil = time.UnixMilli(answer.number(1)).UTC()
		if answer.err != nil {
			return View{}, unavailable(answer.err)
		}
		return r.admit(ctx, inc, place, now)
	case wordWaiting:
		inc.hear(answer.number(1))
		return latest.view(place, r.polls), nil
	case wordClosed:
		return View{}, Closure(answer.text(1)).refusal()
	default:
		r.settled.Add(turn{place.ConcertID, place.Number}, outcome{incarnation: inc.number})
		return ended(place), nil
	}
}

// admit notes a claimed admission in Postgres and hands it out. It returns
// errMoved if the claim is void. If the note fails, whether it was made or not,
// the claim stands in Redis: claiming again comes to the same session, also on
// another instance at the same time, and until one of them has noted it no
// checkpoint passes the number.
func (r *Rooms) admit(ctx context.Context, inc *incarnation, place Place, now time.Time) (View, error) {
	ctx, cancel := context.WithTimeout(ctx, r.opts.Timeout)
	defer cancel()
	if err := r.ledger.begin(ctx, inc.number, place); err != nil {
		if errors.Is(err, errMoved) {
			return View{}, errMoved
		}
		return View{}, unavailable(err)
	}
	r.settled.Add(turn{place.ConcertID, place.Number}, outcome{until: place.AdmittedUntil})
	// Best effort: if Redis does not hear of it, checkpoints wait for this
	// number until the grace has ended.
	_, _ = r.callOnce(ctx, inc, order{script: notedScript, args: []any{place.Number}})
	return admitted(place, now), nil
}
