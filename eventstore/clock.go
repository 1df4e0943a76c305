package eventstore

import (
	"sync/atomic"
	"time"
)

// clock estimates the database server's time between contacts with it, from
// the last time the server told and the monotonic time that has passed since.
// The local wall clock has no part in it, however wrong it is.
type clock struct {
	latest atomic.Pointer[reading]
}

type reading struct {
	store time.Time
	local time.Time // carries the monotonic reading
}

// set notes what the server's clock has just said.
func (c *clock) set(store time.Time) {
	c.latest.Store(&reading{store: store, local: time.Now()})
}

// now returns the estimate. It lags by the one-way delay of the last contact
// and drifts by parts per million, which is why nothing is decided by it alone:
// the store checks every decision's span of time under the append lock.
func (c *clock) now() time.Time {
	r := c.latest.Load()
	return r.store.Add(time.Since(r.local)).Truncate(time.Microsecond)
}
