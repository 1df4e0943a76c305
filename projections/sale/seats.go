package sale

import (
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// Seats is the seats of one performance as they change. It is safe for
// concurrent use.
type Seats struct {
	performance Performance
	view        atomic.Pointer[View]

	mu     sync.Mutex
	chunks []*chunk
	// private tells the chunks that no view has yet.
	private []bool
	counts  [marks]int
	// until holds the end of each hold that has not ended, by the seat's index.
	until map[int32]int64
	ends  ends
	// position is that of the last event that changed the performance.
	position int64
	// touched lists the seats that were changed since the last view, with what
	// was shown of them before; only while somebody watches.
	touched  []shown
	watchers []*Watch
}

type shown struct {
	index  int32
	before State
}

// NewSeats returns the seats of a performance, all available. Position is that
// of the event that scheduled it.
func NewSeats(p Performance, position int64) *Seats {
	s := &Seats{
		performance: p,
		chunks:      newChunks(p.SeatCount, p.SeatPrice),
		until:       make(map[int32]int64),
		position:    position,
	}
	s.private = make([]bool, len(s.chunks))
	s.counts[markFree] = p.SeatCount
	s.publish()
	return s
}

// Performance returns what the seats are seats of.
func (s *Seats) Performance() *Performance { return &s.performance }

// At returns the seats at a moment, which is not before the one that another
// caller has asked about. Without a change since it costs no lock.
func (s *Seats) At(now time.Time) *View {
	if v := s.view.Load(); v.goodAt(now) {
		return v
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if v := s.view.Load(); v.goodAt(now) {
		return v // somebody else has just made it
	}
	s.endHolds(now.UnixMicro())
	return s.publish()
}

// Sold returns how many seats are sold, at any moment: what is sold stays so.
// It costs no lock.
func (s *Seats) Sold() int { return s.view.Load().counts[markSold] }

// Apply makes changes, in the order of the log, the last of which stands at a
// position. Readers see all of them or none. Numbers must be of this
// performance.
func (s *Seats) Apply(changes []Change, position int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range changes {
		s.apply(c)
	}
	s.position = position
	s.publish()
}

func (s *Seats) apply(c Change) {
	index := int32(c.Seat - 1)
	switch c.State {
	case Held:
		until := c.Until.UnixMicro()
		s.until[index] = until
		s.ends.push(end{at: until, seat: index})
		s.set(index, markHeld)
		return
	case Sold:
		s.set(index, markSold)
	case Available:
		s.set(index, markFree)
	}
	delete(s.until, index)
}

// endHolds shows as available every seat whose hold has ended.
func (s *Seats) endHolds(now int64) {
	for len(s.ends) > 0 && (s.ends[0].at <= now || !s.runs(s.ends[0])) {
		if e := s.ends[0]; s.runs(e) {
			delete(s.until, e.seat)
			s.set(e.seat, markEnded)
		}
		s.ends.pop()
	}
}

// runs reports whether an end is still that of its seat's hold.
func (s *Seats) runs(e end) bool {
	until, held := s.until[e.seat]
	return held && until == e.at
}

// set records a seat in a chunk that no view has.
func (s *Seats) set(index int32, m mark) {
	n, i := index/chunkSize, index%chunkSize
	if !s.private[n] {
		s.chunks[n] = s.chunks[n].clone()
		s.private[n] = true
	}
	seat := &s.chunks[n].marks[i]
	if len(s.watchers) > 0 {
		s.touched = append(s.touched, shown{index, seat.state()})
	}
	s.counts[*seat]--
	s.counts[m]++
	*seat = m
}

// publish makes a view of what is recorded and tells the watchers.
func (s *Seats) publish() *View {
	for len(s.ends) > 0 && !s.runs(s.ends[0]) {
		s.ends.pop()
	}
	v := &View{
		performance: &s.performance,
		chunks:      slices.Clone(s.chunks),
		counts:      s.counts,
		revision:    formatRevision(s.position, s.counts[markEnded]),
		goodUntil:   noEnd,
	}
	if len(s.ends) > 0 {
		v.goodUntil = s.ends[0].at
	}
	clear(s.private)
	s.view.Store(v)
	s.tell(v)
	return v
}
