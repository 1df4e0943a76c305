package waitingroom

import (
	"context"
	"sync"
)

const (
	// maxReturning bounds the people who came back and are not noted yet.
	// Beyond it they are noted when they look again.
	maxReturning = 50_000
	// returnBatch is how many are noted by one script.
	returnBatch = 1000
	// returnBatches is how many scripts are run at each refresh.
	returnBatches = 8
)

// returnee is somebody who came back after a loss.
type returnee struct {
	incarnation *incarnation
	number      int64
	user        member
}

// returning is a bounded list of people to be noted at the next refresh.
type returning struct {
	mu   sync.Mutex
	list []returnee
}

// put reports false if the list is full.
func (q *returning) put(r ...returnee) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.list)+len(r) > maxReturning {
		return false
	}
	q.list = append(q.list, r...)
	return true
}

// putBack returns a batch that could not be noted. If the list has filled up
// meanwhile, these people are noted when they look again.
func (q *returning) putBack(batch []returnee) {
	if q.put(batch...) {
		return
	}
	for _, r := range batch {
		r.incarnation.forget(r.number)
	}
}

// take removes up to returnBatch people of one incarnation. Those of an
// incarnation that is gone are dropped: they show themselves again.
func (q *returning) take(inc *incarnation) []returnee {
	q.mu.Lock()
	defer q.mu.Unlock()
	var batch []returnee
	rest := q.list[:0]
	for _, r := range q.list {
		switch {
		case r.incarnation != inc:
		case len(batch) < returnBatch:
			batch = append(batch, r)
		default:
			rest = append(rest, r)
		}
	}
	q.list = rest
	return batch
}

// noteReturning tells Redis who came back since the last refresh.
func (r *Rooms) noteReturning(ctx context.Context, room *room) error {
	for range returnBatches {
		batch := room.returning.take(room.current.Load())
		if len(batch) == 0 {
			return nil
		}
		o := order{script: reclaimScript, users: make([]member, 0, len(batch)), args: make([]any, 0, 1+2*len(batch))}
		o.args = append(o.args, int64(keptFor.Seconds()))
		for _, b := range batch {
			o.users = append(o.users, b.user)
			o.args = append(o.args, b.number, b.user[:])
		}
		if _, _, err := r.call(ctx, room, o); err != nil {
			room.returning.putBack(batch)
			return err
		}
	}
	return nil
}
