package eventstore

import "time"

// Skew makes the log's estimate of the store's clock wrong, until the store is
// heard of next.
func (l *Log) Skew(by time.Duration) { l.clock.set(l.clock.now().Add(by)) }

// Revision returns how far the writer's memory of a stream or tag has come.
func (w *Writer[S]) Revision(name string, tag bool) (int64, bool) {
	found, ok := w.cache.look(key{name: name, tag: tag})
	return found.revision, ok
}

// PresumeAfter sets how many look-ups of a kind have to find nothing before
// its streams or tags are presumed to have no event.
func (w *Writer[S]) PresumeAfter(lookups int) {
	w.cache.mu.Lock()
	defer w.cache.mu.Unlock()
	w.cache.presumption = newPresumption(lookups)
}
