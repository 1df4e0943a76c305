package main

import (
	"context"
	"fmt"
	"io"

	"github.com/holdfast-dev/holdfast/eventstore"
	"github.com/holdfast-dev/holdfast/projections"
	"github.com/holdfast-dev/holdfast/reactors"
	"github.com/holdfast-dev/holdfast/relay"
	"github.com/holdfast-dev/holdfast/waitingroom"
)

// databaseFlag names the database of everything.
type databaseFlag struct {
	DatabaseURL string `required:"" env:"DATABASE_URL" placeholder:"URL" help:"Address of the Postgres database: postgres://user:password@host:5432/database. It must reach Postgres itself, not a proxy that shares connections between transactions."`
}

type migrateCommand struct {
	databaseFlag
}

// Help says what the command does to a database.
func (migrateCommand) Help() string {
	return `Creates what is missing and changes nothing that is current, so it may run at every deployment, also on several machines at once. The log only goes forward. Use the login that the server uses: it must be allowed to create schemas, and roles unless they exist.

    DATABASE_URL=postgres://holdfast@db/holdfast holdfast migrate`
}

// Validate says what is wrong with the flags.
func (c migrateCommand) Validate() error {
	return checkDatabase(c.DatabaseURL)
}

// Run migrates.
func (c migrateCommand) Run(ctx context.Context, stdout io.Writer) error {
	if err := migrateAll(ctx, c.DatabaseURL); err != nil {
		return err
	}
	_, err := fmt.Fprintln(stdout, "The database is current.")
	return err
}

// migrateAll brings a database up to what all parts of the program need.
func migrateAll(ctx context.Context, databaseURL string) error {
	for _, migrate := range []func(context.Context, string) error{
		eventstore.Migrate, projections.Migrate, waitingroom.Migrate, relay.Migrate, reactors.Migrate,
	} {
		if err := migrate(ctx, databaseURL); err != nil {
			return err
		}
	}
	return nil
}
