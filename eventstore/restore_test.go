package eventstore_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/eventstore"
	"github.com/holdfast-dev/holdfast/internal/pgtest"
)

// restore replaces the log by what it was at a position, beneath everybody's
// feet, as an administrator might.
func restore(t *testing.T, conn *pgx.Conn, to eventstore.Position) {
	t.Helper()
	err := pgx.BeginFunc(t.Context(), conn, func(tx pgx.Tx) error {
		for _, statement := range []string{
			`SELECT pg_advisory_xact_lock(5209530441842)`,
			`CREATE TEMPORARY TABLE kept ON COMMIT DROP AS TABLE holdfast.events`,
			fmt.Sprintf(`DELETE FROM kept WHERE position > %d`, to),
			`TRUNCATE holdfast.events`,
			`INSERT INTO holdfast.events TABLE kept`,
		} {
			if _, err := tx.Exec(t.Context(), statement); err != nil {
				return err
			}
		}
		return nil
	})
	require.NoError(t, err)
}

// A writer that remembers more than the log holds must not decide on it.
func TestARestoredLogOutweighsMemory(t *testing.T) {
	t.Parallel()
	stores := openStores(t, 2, settings{log: eventstore.Options{PollInterval: 20 * time.Millisecond}})
	conn := owner(t, urlOf(stores[0]))
	// What another writer appends between the restoration and the next command
	// of the one that remembers.
	for name, more := range map[string][]string{
		"at once": nil,
		"behind":  {"s"},
		"level":   {"elsewhere", "elsewhere", "elsewhere"},
		"beyond":  {"elsewhere", "elsewhere", "elsewhere", "s", "s"},
	} {
		base := mustAppend(t, stores[0], "s", "to stay").Position()
		key := keyOf(name, "")
		_, err := keyed(t.Context(), stores[0], key, "s", "s", "s")
		require.NoError(t, err)
		restore(t, conn, base)
		_, err = order{id: "m-" + name, writes: more, keyed: true}.insist(t.Context(), stores[1])
		require.NoError(t, err)

		o := order{id: "o-" + name, reads: []string{"s", "elsewhere", "tag:t"}, writes: []string{"s"}, keyed: true}
		_, err = o.insist(t.Context(), stores[0])
		require.NoError(t, err)
		again, err := keyed(t.Context(), stores[0], key, "s")
		require.NoError(t, err)
		require.False(t, again.Replayed, "the key went with its events")
		retrace(t, stores[1].log)
	}
}

// Followers of a log that has become shorter than they have seen wait, and do
// not run in circles.
func TestReadersOfARestoredLogWait(t *testing.T) {
	t.Parallel()
	s := openStore(t, pgtest.New(t), settings{log: eventstore.Options{PollInterval: 20 * time.Millisecond}})
	mustAppend(t, s, "s", "1", "2", "3")
	restore(t, owner(t, urlOf(s)), 1)
	eventually(t, "waits to take time again", func() bool {
		started := time.Now()
		require.NoError(t, s.log.Wait(t.Context(), 1))
		return time.Since(started) > 10*time.Millisecond
	})
}
