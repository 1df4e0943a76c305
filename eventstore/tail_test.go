package eventstore_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/eventstore"
	"github.com/holdfast-dev/holdfast/internal/pgtest"
)

// tail reads the log page by page until it has seen the position that last
// tells, and requires that every position comes once and in order.
func tail(t *testing.T, log *eventstore.Log, last func() (eventstore.Position, bool)) {
	t.Helper()
	var cursor eventstore.Position
	for {
		end, final := last()
		if final && cursor >= end {
			return
		}
		page, err := log.Read(t.Context(), cursor, 1+rand.IntN(50))
		if err != nil {
			t.Errorf("read: %v", err)
			return
		}
		for _, e := range page {
			if e.Position != cursor+1 {
				t.Errorf("event %d follows %d", e.Position, cursor)
				return
			}
			cursor = e.Position
		}
	}
}

// ending tells tails where the log ends, once the writers are done.
type ending struct {
	mu       sync.Mutex
	position eventstore.Position
	final    bool
}

func (e *ending) last() (eventstore.Position, bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.position, e.final
}

func (e *ending) is(position eventstore.Position) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.position, e.final = position, true
}

// Readers poll while several processes write, and while transactions that have
// the append lock and have written events are rolled back.
func TestReadersNeverSkipNorRepeat(t *testing.T) {
	t.Parallel()
	databaseURL := pgtest.New(t)
	stores := []store{openStore(t, databaseURL, settings{}), openStore(t, databaseURL, settings{})}
	var end ending
	var readers, writers sync.WaitGroup
	for range 3 {
		reader := openLog(t, databaseURL, eventstore.Options{})
		readers.Go(func() { tail(t, reader.log, end.last) })
	}
	for writer := range 8 {
		writers.Go(func() {
			for i := range 60 {
				o := order{id: fmt.Sprintf("%d-%d", writer, i), writes: []string{"a", "b", "c"}[:1+rand.IntN(3)]}
				if _, err := o.run(t.Context(), stores[writer%2]); err != nil {
					t.Errorf("append: %v", err)
				}
			}
		})
	}
	conn := owner(t, databaseURL)
	for range 60 {
		require.ErrorIs(t, rollBackAnAppend(t.Context(), conn), errChangedMyMind)
	}
	writers.Wait()
	end.is(head(t, stores[0].log).Position)
	readers.Wait()
}

var errChangedMyMind = errors.New("changed my mind")

// rollBackAnAppend does what an append does, and then does not commit.
func rollBackAnAppend(ctx context.Context, conn *pgx.Conn) error {
	return pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock($1)`, appendLock); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `
			INSERT INTO holdfast.events (position, version, recorded_at, stream, type, payload, metadata)
			SELECT coalesce(max(position), 0) + 1, 1, clock_timestamp(), 'rolled back', 'noted.v1', '{}', '{}' FROM holdfast.events`)
		if err != nil {
			return err
		}
		return errChangedMyMind
	})
}
