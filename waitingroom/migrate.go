package waitingroom

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

//go:embed schema/*.sql
var schema embed.FS

// versionTable is where goose notes which migrations have run.
const versionTable = "holdfast_waiting.schema_version"

// Migrate brings the tables that outlive Redis up to what this program needs.
// It only goes forward, may run on several instances at once, and does nothing
// on a database that is up to date. The login of databaseURL must be allowed
// to create a schema, and it owns the tables.
func Migrate(ctx context.Context, databaseURL string) (err error) {
	config, err := pgx.ParseConfig(databaseURL)
	if err != nil {
		return fmt.Errorf("database address: %w", err)
	}
	db := stdlib.OpenDB(*config)
	defer func() { err = errors.Join(err, db.Close()) }()

	if err := createSchema(ctx, config); err != nil {
		return err
	}
	migrations, err := fs.Sub(schema, "schema")
	if err != nil {
		return fmt.Errorf("embedded schema: %w", err)
	}
	locker, err := lock.NewPostgresSessionLocker()
	if err != nil {
		return fmt.Errorf("migration lock: %w", err)
	}
	provider, err := goose.NewProvider(goose.DialectPostgres, db, migrations,
		goose.WithSessionLocker(locker), goose.WithTableName(versionTable))
	if err != nil {
		return fmt.Errorf("migrations of the waiting rooms: %w", err)
	}
	if _, err := provider.Up(ctx); err != nil {
		return fmt.Errorf("migrate the waiting rooms: %w", err)
	}
	return nil
}

// createSchema makes the schema that goose's own table lives in. CREATE SCHEMA
// IF NOT EXISTS is not safe against itself, hence the lock.
func createSchema(ctx context.Context, config *pgx.ConnConfig) error {
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return fmt.Errorf("connect to migrate the waiting rooms: %w", err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	return pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock(5209530441845)`); err != nil {
			return fmt.Errorf("lock the migration: %w", err)
		}
		if _, err := tx.Exec(ctx, `CREATE SCHEMA IF NOT EXISTS holdfast_waiting`); err != nil {
			return fmt.Errorf("create schema holdfast_waiting: %w", err)
		}
		return nil
	})
}
