package http_test

import (
	"context"
	"net/netip"
	"sync"
	"time"

	"github.com/holdfast-dev/holdfast/domain"
	"github.com/holdfast-dev/holdfast/http"
	"github.com/holdfast-dev/holdfast/waitingroom"
)

// rooms is a waiting room whose view is what a test sets.
type rooms struct {
	mu    sync.Mutex
	view  waitingroom.View
	fresh bool
	err   error
	left  []waitingroom.Place
	views chan waitingroom.View
	ended error
}

func (r *rooms) set(change func(*rooms)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	change(r)
}

func (r *rooms) Join(_ context.Context, user domain.UserID, concert domain.ConcertID, _ netip.Addr, _ waitingroom.Settings) (waitingroom.View, bool, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	view := r.view
	view.UserID, view.ConcertID = user, concert
	return view, r.fresh, r.err
}

func (r *rooms) Look(_ context.Context, place waitingroom.Place) (waitingroom.View, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !place.AdmittedUntil.IsZero() {
		return waitingroom.View{Place: place, Phase: waitingroom.PhaseAdmitted, PollAfter: time.Minute}, r.err
	}
	return r.view, r.err
}

func (r *rooms) Leave(_ context.Context, place waitingroom.Place) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.left = append(r.left, place)
	return r.err
}

func (r *rooms) Watch(_ context.Context, place waitingroom.Place) (http.PlaceWatch, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return &placeWatch{rooms: r, place: place}, r.err
}

func (r *rooms) Status(context.Context) ([]waitingroom.Status, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return []waitingroom.Status{{ConcertID: concertID, Capacity: 10, Active: 4, Serving: 12, Issued: 90, Reachable: true}}, r.err
}

type placeWatch struct {
	rooms *rooms
	place waitingroom.Place
}

func (w *placeWatch) Next(ctx context.Context) (waitingroom.View, error) {
	select {
	case view, more := <-w.rooms.views:
		if !more {
			return waitingroom.View{}, w.rooms.ended
		}
		return view, nil
	case <-ctx.Done():
		return waitingroom.View{}, ctx.Err()
	}
}

func (w *placeWatch) Close() {}
