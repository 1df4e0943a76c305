package waitingroom

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/holdfast-dev/holdfast/domain"
)

// Watcher follows one place. It keeps no goroutine and no buffer: a reader
// that is slow gets the latest view and misses those in between. Its methods
// are for one goroutine.
type Watcher struct {
	rooms *Rooms
	room  *room
	place Place

	last  View
	begun bool
	// since is when last was returned.
	since  time.Time
	closed bool
}

// Watch follows a place by the same views that [Rooms.Look] gives. While the
// place waits it asks no store. The watcher has to be closed.
//
// Refusals: those of Look, and rate_limited beyond Options.MaxWatchers.
func (r *Rooms) Watch(ctx context.Context, place Place) (*Watcher, error) {
	if r.watchers.Add(1) > int64(r.opts.MaxWatchers) {
		r.watchers.Add(-1)
		return nil, rateLimited(r.opts.MaxPoll, "Too many streams are open here. Poll for your place instead.")
	}
	w := &Watcher{rooms: r, place: place}
	if !place.AdmittedUntil.IsZero() {
		return w, nil
	}
	for w.room == nil {
		watched, err := r.room(ctx, place.ConcertID, nil)
		if errors.Is(err, errNoRoom) {
			return w, nil
		}
		if err != nil {
			w.Close()
			return nil, err
		}
		w.room = r.keep(watched)
	}
	return w, nil
}

// keep makes sure that a room is read as long as it is watched. It returns nil
// if the room has just been dropped for being idle.
func (r *Rooms) keep(watched *room) *room {
	r.replacing.Lock()
	defer r.replacing.Unlock()
	if r.rooms.Load().byConcert[watched.concert] != watched {
		return nil
	}
	watched.watchers.Add(1)
	return watched
}

// Close ends the watching. It may be called twice.
func (w *Watcher) Close() {
	if w.closed {
		return
	}
	w.closed = true
	w.rooms.watchers.Add(-1)
	if w.room != nil {
		w.room.watchers.Add(-1)
	}
}

// Next returns the first view at once, and from then on waits for one that
// says something else: when the phase changes, and at most once per poll
// interval when the position does. After the view that admits or ends the
// place it returns [io.EOF].
//
// When ctx ends it returns the context's error, and may be called again: a
// stream gives it a context that ends when the next heartbeat is due. A store
// that is away while the turn has come is waited for. Refusal: queue_closed.
func (w *Watcher) Next(ctx context.Context) (View, error) {
	if w.begun && w.last.Phase != PhaseWaiting {
		return View{}, io.EOF
	}
	for {
		// Taken before looking: what is published after that wakes this one.
		var replaced <-chan struct{}
		if w.room != nil {
			replaced = w.room.latest.Load().replaced
		}
		view, err := w.rooms.Look(ctx, w.place)
		switch {
		case err == nil && w.worth(view):
			w.last, w.begun, w.since = view, true, w.rooms.opts.Clock()
			return view, nil
		case domain.CodeOf(err) == domain.CodeQueueClosed:
			return View{}, err
		}
		select {
		case <-replaced:
		case <-ctx.Done():
			return View{}, ctx.Err()
		}
	}
}

// worth tells whether a view says something that the reader should hear.
func (w *Watcher) worth(v View) bool {
	if !w.begun || v.Phase != w.last.Phase {
		return true
	}
	return v.Position != w.last.Position && w.rooms.opts.Clock().Sub(w.since) >= v.PollAfter
}
