package reactors

import (
	"cmp"
	"sync"
)

// Tally is what one instance has done for one reactor since it started.
type Tally struct {
	Reactor string
	// Settled counts the events that are done with: handled, or dead letters.
	Settled int64
	// Tried counts the calls of the handler, and Failed those that ended with an
	// error.
	Tried  int64
	Failed int64
	// Err is why the reactor cannot go on at the moment, or could not when this
	// instance tried last; nil if it can.
	Err error
}

// tally is a [Tally] in the making.
type tally struct {
	mu  sync.Mutex
	sum Tally
	// looking and working are why the log could not be looked through, and why
	// what was found there could not be worked on. The end of one says nothing of
	// the other.
	looking, working error
}

func newTally(reactor string) *tally { return &tally{sum: Tally{Reactor: reactor}} }

func (t *tally) read() Tally {
	t.mu.Lock()
	defer t.mu.Unlock()
	sum := t.sum
	sum.Err = cmp.Or(t.looking, t.working)
	return sum
}

func (t *tally) tried(err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.sum.Tried++
	if err != nil {
		t.sum.Failed++
	}
}

func (t *tally) settled() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.sum.Settled++
	t.looking, t.working = nil, nil
}

// looked notes why the latest look through the log failed; nil if it did not.
func (t *tally) looked(err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.looking = err
}

// worked notes why the latest work failed; nil if there is none left.
func (t *tally) worked(err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.working = err
}
