package eventstore_test

import (
	"context"
	"fmt"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/eventstore"
	"github.com/holdfast-dev/holdfast/internal/pgtest"
)

// emptyDatabase makes a database that has not been migrated, beside another.
func emptyDatabase(t *testing.T, beside, name string) string {
	t.Helper()
	conn := owner(t, beside)
	identifier := pgx.Identifier{conn.Config().Database + "_" + name}.Sanitize()
	_, err := conn.Exec(t.Context(), `CREATE DATABASE `+identifier)
	require.NoError(t, err)
	t.Cleanup(func() {
		_, err := conn.Exec(context.WithoutCancel(t.Context()), `DROP DATABASE `+identifier+` WITH (FORCE)`)
		require.NoError(t, err)
	})
	address, err := url.Parse(beside)
	require.NoError(t, err)
	address.Path += "_" + name
	return address.String()
}

func TestMigrateAgainDoesNothing(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	mustAppend(t, s, "s", "1")
	require.NoError(t, eventstore.Migrate(t.Context(), urlOf(s)))
	mustAppend(t, s, "s", "2")
	requireLength(t, s.log, 2)
}

// Several instances start on an empty database at once.
func TestMigrateAtOnce(t *testing.T) {
	t.Parallel()
	beside := pgtest.New(t)
	started := time.Now()
	var all sync.WaitGroup
	for database := range 2 {
		databaseURL := emptyDatabase(t, beside, fmt.Sprint(database))
		for range 8 {
			all.Go(func() {
				if err := eventstore.Migrate(t.Context(), databaseURL); err != nil {
					t.Errorf("migrate: %v", err)
				}
			})
		}
	}
	all.Wait()
	require.Less(t, time.Since(started), 8*time.Second, "instances wait for each other no longer than it takes")
}
