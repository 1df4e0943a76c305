package http_test

import (
	"cmp"
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
	// closed refuses to look, as a closed queue does.
	closed bool
	left   []waitingroom.Place
	// afresh is the view that takes the place of one that was left.
	afresh *waitingroom.View
	// leaving is what goes wrong with leaving alone.
	leaving error
	joins   int
	views   chan waitingroom.View
	ended   error
	// settings and closure are what operators have set; opened tells that
	// anybody has.
	settings waitingroom.Settings
	closure  waitingroom.Closure
	opened   bool
}

func (r *rooms) set(change func(*rooms)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	change(r)
}

func (r *rooms) Join(_ context.Context, user domain.UserID, concert domain.ConcertID, _ netip.Addr, _ waitingroom.Settings) (waitingroom.View, bool, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.joins++
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
	if r.closed {
		return waitingroom.View{}, domain.Refuse(domain.CodeQueueClosed, "Sold out.")
	}
	return r.view, r.err
}

func (r *rooms) Leave(_ context.Context, place waitingroom.Place) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.left = append(r.left, place)
	if r.afresh != nil {
		r.view, r.fresh = *r.afresh, true
	}
	return cmp.Or(r.leaving, r.err)
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

func (r *rooms) StatusOf(_ context.Context, concert domain.ConcertID) (waitingroom.Status, bool, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return waitingroom.Status{
		ConcertID: concert, Capacity: int64(r.settings.Capacity), Session: r.settings.Session, Closure: r.closure,
		Issued: 90, Reachable: true,
	}, r.opened, r.err
}

func (r *rooms) Configure(_ context.Context, _ domain.ConcertID, settings waitingroom.Settings) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.settings, r.opened = settings, true
	return r.err
}

func (r *rooms) CloseQueue(context.Context, domain.ConcertID) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.closure = waitingroom.ByOperator
	return r.err
}

func (r *rooms) ReopenQueue(context.Context, domain.ConcertID) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.closure = waitingroom.Open
	return r.err
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
