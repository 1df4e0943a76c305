package waitingroom

import "time"

// snapshot is a room as it was read last. Every poll in between is answered
// from it.
type snapshot struct {
	incarnation *incarnation

	serving, issued, ceiling, high    int64
	waiting, active, called, capacity int64
	session                           time.Duration
	closure                           Closure
	// revision is that of the settings and the closure.
	revision int64
	// rate is places given back a second; present is the part of the numbers
	// between serving and issued whose owners still wait, 0 to 1.
	rate, present float64
	// checkpoint is the serving number to save, or -1.
	checkpoint int64
	taken      time.Time
	// replaced is closed when there is a later snapshot.
	replaced chan struct{}
}

// newSnapshot reads the reply of refresh.lua.
func newSnapshot(inc *incarnation, r reply, now time.Time) (*snapshot, error) {
	s := &snapshot{
		incarnation: inc,
		serving:     r.number(1), issued: r.number(2), ceiling: r.number(3), high: r.number(4),
		waiting: r.number(5), active: r.number(6), called: r.number(7), capacity: r.number(8),
		session:    time.Duration(r.number(9)) * time.Millisecond,
		closure:    Closure(r.text(10)),
		checkpoint: r.number(15),
		revision:   r.number(16),
		taken:      now,
		replaced:   make(chan struct{}),
	}
	s.rate = pace{
		returned: r.decimal(11),
		last:     time.UnixMilli(r.number(12)),
		opened:   time.UnixMilli(r.number(13)),
		prior:    r.decimal(14),
		settings: Settings{Capacity: int(s.capacity), Session: s.session},
	}.at(now)
	s.present = s.density()
	inc.hear(s.serving)
	return s, r.err
}

// between is how many held numbers lie between the serving number and n.
// Numbers that nobody holds, because a loss made the count jump, are left out.
func (s *snapshot) between(serving, n int64) int64 {
	ahead := n - serving - 1
	gaps := s.incarnation.gaps
	if len(gaps) == 0 {
		return max(0, ahead)
	}
	latest := gaps[len(gaps)-1]
	latest.after = max(latest.after, s.high)
	for i := len(gaps) - 2; i >= 0; i-- {
		// If nobody is known to have joined between two losses, the later gap
		// reaches back into the earlier one: they are one.
		if g := gaps[i]; latest.after < g.upTo {
			latest.after = max(latest.after, g.after)
		} else {
			ahead -= latest.within(serving, n)
			latest = g
		}
	}
	return max(0, ahead-latest.within(serving, n))
}

// density is the part of the numbers not called yet whose owners have not
// left. While people are still coming back after a loss it is not known.
func (s *snapshot) density() float64 {
	held := s.between(s.serving, s.issued+1)
	if held <= 0 || s.serving < s.incarnation.floor {
		return 1
	}
	return min(1, max(0.1, float64(s.waiting)/float64(held)))
}

// estimate is how long it takes until the places ahead, and one more, have
// been given back.
func (s *snapshot) estimate(ahead int64) time.Duration {
	seconds := (float64(ahead)*s.present + 1) / s.rate
	if !(seconds < LongestWait.Seconds()) {
		return LongestWait
	}
	return time.Duration(seconds * float64(time.Second))
}

// view is how a place that waits stands.
func (s *snapshot) view(p Place, polls polls) View {
	ahead := s.between(s.incarnation.served.Load(), p.Number)
	wait := s.estimate(ahead)
	return View{Place: p, Phase: PhaseWaiting, Position: ahead, EstimatedWait: wait, PollAfter: polls.after(ahead, wait, p.Number)}
}
