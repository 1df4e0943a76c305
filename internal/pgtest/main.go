package pgtest

import (
	"context"
	"fmt"
	"os"

	"go.uber.org/goleak"

	"github.com/holdfast-dev/holdfast/eventstore"
	"github.com/holdfast-dev/holdfast/projections"
	"github.com/holdfast-dev/holdfast/reactors"
	"github.com/holdfast-dev/holdfast/relay"
	"github.com/holdfast-dev/holdfast/waitingroom"
)

// Migration brings a database to the schema that tests need.
type Migration func(ctx context.Context, databaseURL string) error

// allMigrations is the whole schema, in order.
func allMigrations() []Migration {
	return []Migration{eventstore.Migrate, projections.Migrate, waitingroom.Migrate, relay.Migrate, reactors.Migrate}
}

// shared is the server of the test binary, nil until Main has been called.
var shared *server

// Runner runs the tests of a binary and returns its exit code. It is a
// [testing.M], or something around one that does more before or after.
type Runner interface {
	Run() int
}

// Main is the body of TestMain: it runs the tests, stops the server that they
// used, fails if a goroutine is left, and exits. Databases get the given
// migrations, or the whole schema if there are none.
func Main(m Runner, migrations ...Migration) {
	if len(migrations) == 0 {
		migrations = allMigrations()
	}
	shared = &server{migrations: migrations}
	os.Exit(run(m))
}

func run(m Runner) int {
	code := m.Run()
	if err := shared.close(); err != nil {
		fmt.Fprintln(os.Stderr, "pgtest:", err)
		code = max(code, 1)
	}
	if code == 0 {
		if err := goleak.Find(); err != nil {
			fmt.Fprintln(os.Stderr, "pgtest: goroutines left after all tests:", err)
			return 1
		}
	}
	return code
}
