package sale

import "slices"

// Changes are the seats of which something else is shown than before.
type Changes struct {
	// Revision of the performance after them.
	Revision string
	// Available is how many seats can be had after them.
	Available int
	// Seats are in the order of the numbers. They are shared: read only.
	Seats []SeatState
}

// SeatState is one seat and what is shown of it.
type SeatState struct {
	Number int
	State  State
}

// Watch is one reader's subscription to the changes of a performance.
type Watch struct {
	// Snapshot is the performance at the beginning; the changes follow on it
	// without a gap.
	Snapshot *View
	// Changes arrive in order. The channel is closed when the watch is closed,
	// and when its reader has fallen behind by more than the buffer: then the
	// reader takes another watch and so another snapshot.
	Changes <-chan Changes

	send  chan Changes
	seats *Seats
}

// Watch subscribes to the changes of the seats. The buffer is how many changes
// may wait for the reader. Close must be called.
func (s *Seats) Watch(buffer int) *Watch {
	send := make(chan Changes, buffer)
	w := &Watch{Changes: send, send: send, seats: s}
	s.mu.Lock()
	defer s.mu.Unlock()
	w.Snapshot = s.view.Load()
	s.watchers = append(s.watchers, w)
	return w
}

// Watched reports whether anybody watches.
func (s *Seats) Watched() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.watchers) > 0
}

// Close ends the subscription. It may be called more than once.
func (w *Watch) Close() {
	w.seats.mu.Lock()
	defer w.seats.mu.Unlock()
	w.seats.drop(w)
}

// drop ends a subscription unless it has ended.
func (s *Seats) drop(w *Watch) {
	i := slices.Index(s.watchers, w)
	if i < 0 {
		return
	}
	s.watchers = slices.Delete(s.watchers, i, i+1)
	close(w.send)
}

// tell sends what a view shows differently from the one before.
func (s *Seats) tell(v *View) {
	changed := s.changed()
	if len(changed) == 0 {
		return
	}
	changes := Changes{Revision: v.revision, Available: v.Available(), Seats: changed}
	for _, w := range slices.Clone(s.watchers) {
		select {
		case w.send <- changes:
		default:
			s.drop(w)
		}
	}
}

// changed returns the touched seats of which something else is shown, and
// forgets what was touched.
func (s *Seats) changed() []SeatState {
	if len(s.touched) == 0 {
		return nil
	}
	// The first entry of a seat tells what was shown before all changes.
	slices.SortStableFunc(s.touched, func(a, b shown) int { return int(a.index - b.index) })
	s.touched = slices.CompactFunc(s.touched, func(a, b shown) bool { return a.index == b.index })
	var changed []SeatState
	for _, t := range s.touched {
		after := s.chunks[t.index/chunkSize].marks[t.index%chunkSize].state()
		if after != t.before {
			changed = append(changed, SeatState{Number: int(t.index) + 1, State: after})
		}
	}
	s.touched = s.touched[:0]
	return changed
}
