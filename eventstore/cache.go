package eventstore

import (
	"hash/maphash"
	"math"
	"sync"

	freelru "github.com/elastic/go-freelru"
)

// cache is the writer's memory: the states of the streams and tags that were
// read of late. It is told of every event of the log from the moment it is
// made, so a state in it is the state at the last position that the writer
// knows, or at a later one. It is safe for concurrent use.
type cache[S State] struct {
	model Model[S]

	mu sync.Mutex
	// entries lie in one array, without a pointer from one to the next. A map with
	// a linked list cost a fifth of the writer's throughput: each look missed the
	// processor's cache several times, and the collector had to follow every link.
	entries *freelru.LRU[key, entry[S]]
	loading map[key]*load
	// generation counts how often the cache was emptied.
	generation  int
	presumption presumption
}

// entry is a snapshot that is right for the log up to asOf and for every event
// after it that the cache has been told of.
type entry[S State] struct {
	snapshot[S]
	asOf Position
}

// load is a look-up under way. Events that the cache is told of meanwhile are
// kept, to be folded onto what the look-up finds.
type load struct {
	done       chan struct{}
	err        error
	later      []Event
	generation int
}

func newCache[S State](limit int, model Model[S]) (*cache[S], error) {
	entries, err := freelru.New[key, entry[S]](uint32(min(limit, math.MaxInt32)), hashKey)
	if err != nil {
		return nil, err
	}
	return &cache[S]{model: model, entries: entries, loading: map[key]*load{}, presumption: newPresumption(trustAfter)}, nil
}

var hashSeed = maphash.MakeSeed()

// hashKey spreads keys over the table of the cache.
func hashKey(k key) uint32 {
	hash := maphash.String(hashSeed, k.name)
	if k.tag {
		hash = ^hash
	}
	return uint32(hash)
}

// look implements view.
func (c *cache[S]) look(k key) (snapshot[S], bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e, ok := c.entries.Get(k)
	return e.snapshot, ok
}

// presumes implements view.
func (c *cache[S]) presumes(k key) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.presumption.allows(k)
}

// verified tells the cache that keys which were presumed to have no event had
// none in the log up to asOf, which reaches as far as it was told of events.
func (c *cache[S]) verified(keys []key, asOf Position) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, k := range keys {
		_, loading := c.loading[k]
		if loading || c.entries.Contains(k) {
			continue
		}
		c.entries.Add(k, entry[S]{snapshot: snapshot[S]{generation: c.generation}, asOf: asOf})
	}
}

// disproved tells the cache that not all of the keys that were presumed to have
// no event have none.
func (c *cache[S]) disproved(keys []key) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.presumption.wrong(keys)
}

// apply tells the cache of events that have been recorded, in order.
func (c *cache[S]) apply(events []Event) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for i := range events {
		stream, tag := events[i].keys()
		c.applyTo(stream, events[i], int64(events[i].Version))
		if tag.name != "" {
			c.applyTo(tag, events[i], int64(events[i].Position))
		}
	}
}

func (c *cache[S]) applyTo(k key, e Event, revision int64) {
	if l, ok := c.loading[k]; ok {
		l.later = append(l.later, e)
		return
	}
	known, ok := c.entries.Peek(k)
	// A stream's first event is all of it, so its state is known unread.
	first := !ok && !k.tag && e.Version == 1
	if !first && (!ok || e.Position <= known.asOf) {
		return
	}
	next, err := c.model.foldOnto(k, known.state, e)
	if err != nil {
		// Whoever needs this state reads the stream and gets the error.
		c.entries.Remove(k)
		return
	}
	c.entries.Add(k, entry[S]{
		snapshot: snapshot[S]{state: next, revision: revision, generation: c.generation},
		asOf:     e.Position,
	})
}

// clear forgets everything, when events have passed that the cache was not
// told of.
func (c *cache[S]) clear() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.entries.Purge()
	c.generation++
}

// forget drops what is known of a key, so that the next look reads it.
func (c *cache[S]) forget(k key) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.entries.Remove(k)
}

// begin registers look-ups for the keys that are neither known nor being looked
// up. It returns those to look up and all that the caller has to wait for.
func (c *cache[S]) begin(keys []key) (mine []key, pending []*load) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, k := range keys {
		if _, ok := c.entries.Get(k); ok {
			continue
		}
		l, ok := c.loading[k]
		if !ok {
			l = &load{done: make(chan struct{}), generation: c.generation}
			c.loading[k] = l
			mine = append(mine, k)
		}
		pending = append(pending, l)
	}
	return mine, pending
}

// finish ends the look-up of a key with what was found at a position of the
// log, or with an error.
func (c *cache[S]) finish(k key, found entry[S], err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	l := c.loading[k]
	delete(c.loading, k)
	defer close(l.done)
	if err != nil {
		l.err = err
		return
	}
	c.presumption.found(k, found.revision == 0)
	if l.generation != c.generation {
		return // events have passed unseen; whoever waits looks again
	}
	found.generation = c.generation
	c.entries.Add(k, found)
	for _, e := range l.later {
		revision := int64(e.Version)
		if k.tag {
			revision = int64(e.Position)
		}
		c.applyTo(k, e, revision)
	}
}
