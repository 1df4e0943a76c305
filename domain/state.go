package domain

import "time"

// State is what the events of one stream add up to. States are values: a
// decision never changes the state it reads, and evolving returns another one,
// so that many commands may read the same state at once.
type State interface {
	// Window returns the span of time around now, from inclusive to until
	// exclusive, in which every decision on this state comes out the same.
	// A zero bound is open. A held seat answers one way before the end of
	// the hold and another way after it; most states do not change with time.
	Window(now time.Time) (from, until time.Time)
}

// Timeless is embedded by states that time does not change.
type Timeless struct{}

// Window implements [State]: any time is as good as any other.
func (Timeless) Window(time.Time) (from, until time.Time) { return time.Time{}, time.Time{} }

// WindowAround returns the window of a state that changes once, at end.
func WindowAround(now, end time.Time) (from, until time.Time) {
	if now.Before(end) {
		return time.Time{}, end
	}
	return end, time.Time{}
}
