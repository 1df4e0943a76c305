package waitingroom

import (
	"context"
	"errors"
	"net/netip"

	"github.com/holdfast-dev/holdfast/domain"
)

// Join takes a user into the waiting room of a concert and reports whether the
// place is a fresh one. A user who has a place there gets that one; if it is
// the user's turn already, the turn is taken up.
//
// The settings open the room the first time that anybody joins; from then on
// the room has its own, see [Rooms.Configure]. The address is where the request
// came from; the zero address is not limited.
//
// Refusals: rate_limited, queue_closed, queue_unavailable. After the last of
// these the user may have a place or not; joining again settles it.
func (r *Rooms) Join(
	ctx context.Context, user domain.UserID, concert domain.ConcertID, address netip.Addr, settings Settings,
) (View, bool, error) {
	who, err := memberOf(user)
	if err != nil {
		return View{}, false, err
	}
	if err := settings.validate(); err != nil {
		return View{}, false, err
	}
	if err := r.limitJoins(who, address); err != nil {
		return View{}, false, err
	}
	room, err := r.room(ctx, concert, &settings)
	if err != nil {
		return View{}, false, err
	}
	room.touch(r.opts.Clock())
	r.counters.joins.Add(1)

	drawn, err := r.draw(ctx, room, who)
	if err != nil {
		return View{}, false, err
	}
	place := newPlace(concert, user, drawn.number)
	if drawn.turn {
		view, err := r.claim(ctx, room, place)
		return view, drawn.fresh, err
	}
	if room.latest.Load().incarnation != room.current.Load() {
		// The room was restored on the way: the last reading says nothing.
		if err := r.refresh(ctx, room); err != nil {
			return View{}, false, err
		}
	}
	return room.latest.Load().view(place, r.polls), drawn.fresh, nil
}

func (s Settings) validate() error {
	if s.Capacity < 0 || s.Session.Milliseconds() < 1000 {
		return errors.New("a waiting room needs a capacity of at least 0 and sessions of at least a second")
	}
	return nil
}

func (r *Rooms) limitJoins(who member, address netip.Addr) error {
	now := r.opts.Clock()
	if address.IsValid() {
		if after := r.perAddress.take(network(address), now); after > 0 {
			return rateLimited(after, "Too many people are joining from your network at once. Try again in a moment.")
		}
	}
	if after := r.perUser.take(who, now); after > 0 {
		return rateLimited(after, "You are joining too often. Joining again does not move you ahead: your place is kept.")
	}
	return nil
}
