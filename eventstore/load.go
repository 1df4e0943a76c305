package eventstore

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

const (
	// loaders is how many look-ups run at a time; more only queue in Postgres.
	loaders = 2
	// loadBatch bounds the keys of one look-up.
	loadBatch = 512
)

// How the events of a key are found. Each is one statement, so the head it
// returns and the events it finds are of one snapshot. The head comes along
// even when a key has no event.
const (
	loadHead = `
SELECT k.n, h.head, e.* FROM
    (SELECT coalesce((SELECT position FROM holdfast.events ORDER BY position DESC LIMIT 1), 0) AS head) h
    CROSS JOIN unnest($1::text[]) WITH ORDINALITY AS k(name, n)
    LEFT JOIN LATERAL `
	loadStreams = loadHead + `(SELECT ` + columns + ` FROM holdfast.events
        WHERE stream = k.name ORDER BY version) e ON true ORDER BY k.n, e.version`
	loadLatest = loadHead + `(SELECT ` + columns + ` FROM holdfast.events
        WHERE stream = k.name ORDER BY version DESC LIMIT 1) e ON true ORDER BY k.n`
	loadTags = loadHead + `(SELECT ` + columns + ` FROM holdfast.events
        WHERE tag = k.name ORDER BY position) e ON true ORDER BY k.n, e.position`
)

// loader fetches states into the cache. While a look-up is under way further
// keys gather, so that a rush of cold streams costs few round trips.
type loader[S State] struct {
	pool    *pgxpool.Pool
	model   Model[S]
	cache   *cache[S]
	timeout time.Duration

	mu      sync.Mutex
	waiting []key
	wake    chan struct{}

	stop    context.CancelFunc
	stopped sync.WaitGroup
}

func newLoader[S State](pool *pgxpool.Pool, model Model[S], c *cache[S], timeout time.Duration) *loader[S] {
	ctx, stop := context.WithCancel(context.Background()) //nolint:gosec // close calls it
	l := &loader[S]{pool: pool, model: model, cache: c, timeout: timeout, wake: make(chan struct{}, loaders), stop: stop}
	for range loaders {
		l.stopped.Go(func() { l.run(ctx) })
	}
	return l
}

// close ends the loader when nobody waits for it any more.
func (l *loader[S]) close() {
	l.stop()
	l.stopped.Wait()
}

// ensure brings the keys into the cache, or returns why it cannot.
func (l *loader[S]) ensure(ctx context.Context, keys []key) error {
	if err := checkKeys(keys); err != nil {
		return err
	}
	mine, pending := l.cache.begin(keys)
	if len(mine) > 0 {
		l.mu.Lock()
		l.waiting = append(l.waiting, mine...)
		l.mu.Unlock()
		l.signal()
	}
	for _, p := range pending {
		select {
		case <-p.done:
			if p.err != nil {
				return p.err
			}
		case <-ctx.Done():
			return fmt.Errorf("look up streams: %w: %w", ErrUnavailable, ctx.Err())
		}
	}
	return nil
}

// signal wakes a loader if one sleeps.
func (l *loader[S]) signal() {
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// run answers look-ups until ctx ends.
func (l *loader[S]) run(ctx context.Context) {
	for {
		select {
		case <-l.wake:
			// A turn for those who are about to ask, as in gather.
			runtime.Gosched()
			l.fetch(ctx, l.take())
		case <-ctx.Done():
			return
		}
	}
}

// take returns the keys that wait, up to a batch, and wakes another loader for
// the rest.
func (l *loader[S]) take() []key {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := min(len(l.waiting), loadBatch)
	keys := append([]key(nil), l.waiting[:n]...)
	l.waiting = append(l.waiting[:0], l.waiting[n:]...)
	if len(l.waiting) > 0 {
		l.signal()
	}
	return keys
}

// fetch looks keys up in one round trip, with one statement for each way in
// which they are found.
func (l *loader[S]) fetch(ctx context.Context, keys []key) {
	if len(keys) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, l.timeout)
	defer cancel()
	var lookups [3]lookup[S]
	for _, k := range keys {
		switch {
		case k.tag:
			lookups[2].add(k)
		case l.model.LatestIsState != nil && l.model.LatestIsState(k.name):
			lookups[1].add(k)
		default:
			lookups[0].add(k)
		}
	}
	var statements pgx.Batch
	for i, sql := range [...]string{loadStreams, loadLatest, loadTags} {
		if found := &lookups[i]; len(found.keys) > 0 {
			statements.Queue(sql, found.names).Query(func(rows pgx.Rows) error { return l.foldRows(rows, found) })
		}
	}
	err := l.pool.SendBatch(ctx, &statements).Close()
	if err != nil {
		err = unavailable("look up streams", err)
	}
	for i := range lookups {
		for n, k := range lookups[i].keys {
			l.cache.finish(k, lookups[i].found[n].entry, firstError(err, lookups[i].found[n].err))
		}
	}
}

// lookup is the keys that are found in one way, and what was found.
type lookup[S State] struct {
	keys  []key
	names []string
	found []folding[S]
}

func (l *lookup[S]) add(k key) {
	l.keys = append(l.keys, k)
	l.names = append(l.names, k.name)
	l.found = append(l.found, folding[S]{})
}

// folding is the state of one key as its events arrive.
type folding[S State] struct {
	entry[S]
	err error
}

// foldRows folds the rows of a look-up into the states of its keys. An event
// that cannot be folded spoils its own key only.
func (l *loader[S]) foldRows(rows pgx.Rows, in *lookup[S]) error {
	names := interned{}
	for rows.Next() {
		raw := rows.RawValues()
		n := bigint(raw[0]) - 1
		f := &in.found[n]
		f.asOf = Position(bigint(raw[1]))
		if raw[2] == nil || f.err != nil {
			continue // no event, or a spoiled one before
		}
		e, err := decodeRow(raw[2:], names)
		if err != nil {
			return err
		}
		// A state may keep what it was made of, but these bytes are the driver's.
		e.Payload = append([]byte(nil), e.Payload...)
		e.Metadata = nil
		if f.state, f.err = l.model.foldOnto(in.keys[n], f.state, e); f.err != nil {
			continue
		}
		f.revision = int64(e.Version)
		if in.keys[n].tag {
			f.revision = int64(e.Position)
		}
	}
	return rows.Err()
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
