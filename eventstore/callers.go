package eventstore

import "sync"

// callers counts who is inside of a writer, so that it ends after the last.
type callers struct {
	mu     sync.Mutex
	closed bool
	inside int
	// gone is closed when nobody is inside and nobody can enter.
	gone chan struct{}
}

// enter reports whether the writer is still open. Then leave must follow.
func (c *callers) enter() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return false
	}
	c.inside++
	return true
}

func (c *callers) leave() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.inside--
	if c.closed && c.inside == 0 {
		close(c.gone)
	}
}

// shut lets nobody in from here on.
func (c *callers) shut() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return
	}
	c.closed = true
	if c.inside == 0 {
		close(c.gone)
	}
}
