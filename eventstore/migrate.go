package eventstore

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
)

//go:embed schema/*.sql
var schema embed.FS

// versionTable is where goose notes which migrations of the log have run.
const versionTable = "holdfast.log_schema"

// Migrate brings the log's tables, functions and roles up to what this program
// needs. It only goes forward, may run on several instances at once (one works,
// the others wait), and does nothing on a database that is up to date. The
// login of databaseURL must be allowed to create a schema, and roles unless
// they exist.
func Migrate(ctx context.Context, databaseURL string) (err error) {
	config, err := pgx.ParseConfig(databaseURL)
	if err != nil {
		return fmt.Errorf("database address: %w", err)
	}
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return fmt.Errorf("connect to migrate the log: %w", err)
	}
	// Closing the connection also gives the lock back.
	defer func() { err = errors.Join(err, conn.Close(context.WithoutCancel(ctx))) }()
	// A lock of our own, because goose's looks every five seconds whether it is
	// free, and instances start together.
	if _, err := conn.Exec(ctx, `SELECT pg_advisory_lock(5209530441843)`); err != nil {
		return fmt.Errorf("lock the migration: %w", err)
	}
	// goose's own table lives in the schema.
	if _, err := conn.Exec(ctx, `CREATE SCHEMA IF NOT EXISTS holdfast`); err != nil {
		return fmt.Errorf("create schema holdfast: %w", err)
	}
	return migrateUp(ctx, config)
}

// migrateUp runs the migrations that have not run yet.
func migrateUp(ctx context.Context, config *pgx.ConnConfig) (err error) {
	db := stdlib.OpenDB(*config)
	defer func() { err = errors.Join(err, db.Close()) }()
	migrations, err := fs.Sub(schema, "schema")
	if err != nil {
		return fmt.Errorf("embedded schema: %w", err)
	}
	provider, err := goose.NewProvider(goose.DialectPostgres, db, migrations, goose.WithTableName(versionTable))
	if err != nil {
		return fmt.Errorf("migrations of the log: %w", err)
	}
	if _, err := provider.Up(ctx); err != nil {
		return fmt.Errorf("migrate the log: %w", err)
	}
	return nil
}
