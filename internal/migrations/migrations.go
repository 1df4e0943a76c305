// Package migrations brings one schema of the database up to what the program
// needs, with goose and the SQL files that the owner of the schema embeds.
//
//	//go:embed schema/*.sql
//	var files embed.FS
//
//	err := migrations.Set{
//		Of: "the log", Schema: "holdfast", Table: "log_schema", Files: files, Lock: 5209530441843,
//	}.Up(ctx, databaseURL)
//
// It only goes forward, may run on several instances at once (one works, the
// others wait), and does nothing on a database that is up to date. What a
// schema means is its owner's affair.
package migrations

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
)

// Set is the migrations of one schema.
type Set struct {
	// Of names what is migrated, in errors: "the log".
	Of string
	// Schema is the database schema. It is created if it is not there.
	Schema string
	// Table is where goose notes, within the schema, what has run.
	Table string
	// Owner is the role that owns the schema and everything in it; the login if
	// empty. The role must exist and the login be allowed to act as it.
	Owner string
	// Files holds the migrations in a folder named schema.
	Files fs.FS
	// Lock is the key of the advisory lock under which they run: one a schema.
	Lock int64
}

// Up runs the migrations that have not run yet. The login of databaseURL must
// be allowed to create a schema.
func (s Set) Up(ctx context.Context, databaseURL string) (err error) {
	config, err := pgx.ParseConfig(databaseURL)
	if err != nil {
		return fmt.Errorf("database address: %w", err)
	}
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return fmt.Errorf("connect to migrate %s: %w", s.Of, err)
	}
	// Closing the connection also gives the lock back.
	defer func() { err = errors.Join(err, conn.Close(context.WithoutCancel(ctx))) }()
	// A lock of our own, because goose's looks every five seconds whether it is
	// free, and instances start together. It also makes CREATE SCHEMA safe
	// against itself, which IF NOT EXISTS alone is not.
	if _, err := conn.Exec(ctx, `SELECT pg_advisory_lock($1)`, s.Lock); err != nil {
		return fmt.Errorf("lock the migration of %s: %w", s.Of, err)
	}
	// goose's own table lives in the schema.
	if _, err := conn.Exec(ctx, s.createSchema()); err != nil {
		return fmt.Errorf("create schema %s: %w", s.Schema, err)
	}
	if s.Owner != "" {
		config.RuntimeParams["role"] = s.Owner
	}
	return s.migrate(ctx, config)
}

func (s Set) createSchema() string {
	create := `CREATE SCHEMA IF NOT EXISTS ` + pgx.Identifier{s.Schema}.Sanitize()
	if s.Owner != "" {
		create += ` AUTHORIZATION ` + pgx.Identifier{s.Owner}.Sanitize()
	}
	return create
}

func (s Set) migrate(ctx context.Context, config *pgx.ConnConfig) (err error) {
	db := stdlib.OpenDB(*config)
	defer func() { err = errors.Join(err, db.Close()) }()
	files, err := fs.Sub(s.Files, "schema")
	if err != nil {
		return fmt.Errorf("embedded schema of %s: %w", s.Of, err)
	}
	provider, err := goose.NewProvider(goose.DialectPostgres, db, files,
		goose.WithTableName(s.Schema+"."+s.Table))
	if err != nil {
		return fmt.Errorf("migrations of %s: %w", s.Of, err)
	}
	if _, err := provider.Up(ctx); err != nil {
		return fmt.Errorf("migrate %s: %w", s.Of, err)
	}
	return nil
}
