package pgtest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/holdfast-dev/holdfast/internal/logcheck"
)

const (
	// cleanupPatience bounds what happens to a database after its test.
	cleanupPatience = time.Minute
	// sessionPatience is how long sessions that the test has closed may take
	// to vanish: the server ends them in its own time.
	sessionPatience = 5 * time.Second
)

// New returns the address of an empty, migrated database that no other test
// uses. When the test ends, after all clean-ups that it registers later, the
// test fails if sessions are left open on the database or if its log breaks a
// rule of package logcheck. It needs [Main] in the package's TestMain.
func New(tb testing.TB) string {
	tb.Helper()
	if shared == nil {
		tb.Fatal("pgtest.New needs a server: write func TestMain(m *testing.M) { pgtest.Main(m) }")
	}
	if err := shared.open(); err != nil {
		tb.Fatalf("pgtest: %v", err)
	}
	name, err := shared.create(tb.Context())
	if err != nil {
		tb.Fatalf("pgtest: %v", err)
	}
	tb.Cleanup(func() {
		// The test's own context has ended by the time of its clean-ups.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(tb.Context()), cleanupPatience)
		defer cancel()
		if err := shared.retire(ctx, name); err != nil {
			tb.Errorf("pgtest: %v", err)
		}
	})
	return shared.url(name)
}

// retire checks a database whose test has ended, and drops it.
func (s *server) retire(ctx context.Context, name string) error {
	return errors.Join(
		s.awaitSilence(ctx, name),
		logcheck.Check(ctx, s.url(name)),
		s.drop(ctx, name),
	)
}

// awaitSilence returns once no session is open on the database, or an error
// that lists the sessions which stay.
func (s *server) awaitSilence(ctx context.Context, name string) error {
	ctx, cancel := context.WithTimeout(ctx, sessionPatience)
	defer cancel()
	return s.execute(ctx, func(ctx context.Context, conn *pgx.Conn) error {
		pause := time.NewTicker(10 * time.Millisecond)
		defer pause.Stop()
		for {
			open, err := sessions(context.WithoutCancel(ctx), conn, name)
			if err != nil || len(open) == 0 {
				return err
			}
			select {
			case <-pause.C:
			case <-ctx.Done():
				return fmt.Errorf("%d database sessions left open after the test: close its pools and logs\n%s",
					len(open), strings.Join(open, "\n"))
			}
		}
	})
}

// sessions lists the clients that are connected to a database, each by what it
// last ran.
func sessions(ctx context.Context, conn *pgx.Conn, database string) ([]string, error) {
	rows, err := conn.Query(ctx, `
		SELECT format('  %s %s: %s', application_name, state, query)
		FROM pg_stat_activity
		WHERE datname = $1 AND backend_type = 'client backend'`, database)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}
