package reactors

import "sync"

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
}

func newTally(reactor string) *tally { return &tally{sum: Tally{Reactor: reactor}} }

func (t *tally) read() Tally {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.sum
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
	t.sum.Err = nil
}

func (t *tally) failed(err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.sum.Err = err
}

// recovered notes that what had failed works again.
func (t *tally) recovered() { t.failed(nil) }
