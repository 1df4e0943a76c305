// Package pgtest gives each test a Postgres database of its own, migrated and
// empty, and checks what the test leaves in it.
//
// A package's tests share one server, started by the first test that asks for
// a database: the server of DATABASE_URL, or else a private one in memory that
// ends with the tests. A database is a copy of a migrated template, which
// takes some 20 ms.
//
//	func TestMain(m *testing.M) { pgtest.Main(m) }
//
//	func TestHold(t *testing.T) {
//		t.Parallel()
//		pool, err := pgxpool.New(t.Context(), pgtest.New(t))
//		…
//		t.Cleanup(pool.Close)
//	}
//
// When a test ends, after its own clean-ups, its database must have no session
// left open and its log must pass package logcheck; then it is dropped. When
// all tests of a package have passed, no goroutine may be left.
//
// The private server runs with fsync off: open the log with AllowUnsafe.
// Tests about durability start a server with package devstack.
//
// The default migrations import the packages that own them, so those packages
// use this one from external tests (package eventstore_test).
package pgtest
