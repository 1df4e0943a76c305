package waitingroom

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/holdfast-dev/holdfast/domain"
)

// room is one concert's waiting room as a process knows it.
type room struct {
	concert domain.ConcertID
	// current is replaced when Redis has lost the room; latest at each read.
	current atomic.Pointer[incarnation]
	latest  atomic.Pointer[snapshot]
	// refreshing keeps an older read from replacing a later one.
	refreshing sync.Mutex
	door       door
	returning  returning
	watchers   atomic.Int64
	// used is when somebody last asked for the room, in seconds since 1970.
	used atomic.Int64
	// down is set while the room cannot be read.
	down atomic.Bool
}

// touch notes that the room is asked for.
func (r *room) touch(now time.Time) {
	if seconds := now.Unix(); r.used.Load() != seconds {
		r.used.Store(seconds)
	}
}

func (r *room) idle(now time.Time) bool {
	return r.watchers.Load() == 0 && now.Unix()-r.used.Load() > int64(idleAfter/time.Second)
}

// publish makes s the latest snapshot and wakes whoever watches.
func (r *room) publish(s *snapshot) {
	if before := r.latest.Swap(s); before != nil {
		close(before.replaced)
	}
}

// noteReturn takes down that the owner of a number from before the last loss
// is there. Once per place and loss; it never waits.
func (r *room) noteReturn(inc *incarnation, p Place) {
	if !inc.show(p.Number) {
		return
	}
	if user, err := memberOf(p.UserID); err != nil || !r.returning.put(returnee{inc, p.Number, user}) {
		inc.forget(p.Number)
	}
}

// directory is the rooms that a process reads. It is replaced as a whole, so
// that a look-up takes no lock.
type directory struct {
	byConcert map[domain.ConcertID]*room
	inOrder   []*room
}

func (d *directory) with(r *room) *directory {
	next := &directory{byConcert: make(map[domain.ConcertID]*room, len(d.inOrder)+1)}
	next.inOrder = append(append(next.inOrder, d.inOrder...), r)
	for _, room := range next.inOrder {
		next.byConcert[room.concert] = room
	}
	return next
}

func (d *directory) without(drop func(*room) bool) *directory {
	next := &directory{byConcert: map[domain.ConcertID]*room{}}
	for _, room := range d.inOrder {
		if !drop(room) {
			next.inOrder = append(next.inOrder, room)
			next.byConcert[room.concert] = room
		}
	}
	return next
}
