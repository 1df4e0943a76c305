// Package devstack starts the services that Holdfast stands on, as parts of
// the calling process, for `holdfast dev` and for tests. Production is given
// the addresses of real servers and never comes here.
//
// # What it promises
//
//   - Nothing outlives the caller. Servers are child processes that the kernel
//     signals when the caller dies, even by kill -9 (on Linux; elsewhere only
//     an orderly end stops them).
//   - What was acknowledged before a kill -9 is there after the next start, as
//     long as the folder is kept and [PostgresOptions.Volatile] is off.
//   - Servers listen on a Unix socket in a private folder or on the loopback
//     interface, never on a network.
//   - One process uses a data folder at a time; a second one is told who.
//   - A binary that is missing is an error that says what to install.
//
// # What it uses
//
// Postgres is always real: an installed one, or the binaries of the npm
// package @embedded-postgres. Redis is a local redis-server, else miniredis
// inside the process. Kafka is franz-go's kfake inside the process; tests that
// want the real thing have [StartKafka]. A service whose address is given is
// used as it is.
//
//	stack, err := devstack.Start(ctx, devstack.Options{DataDir: dir})
//	if err != nil {
//		return err
//	}
//	defer stack.Close()
//	pool, err := pgxpool.New(ctx, stack.DatabaseURL)
package devstack
