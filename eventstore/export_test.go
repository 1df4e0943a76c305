package eventstore

import "time"

// Skew makes the log's estimate of the store's clock wrong, until the store is
// heard of next.
func (l *Log) Skew(by time.Duration) { l.clock.set(l.clock.now().Add(by)) }
