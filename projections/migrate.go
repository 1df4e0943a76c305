package projections

import (
	"context"
	"embed"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/holdfast-dev/holdfast/eventstore"
	"github.com/holdfast-dev/holdfast/internal/migrations"
)

//go:embed schema/*.sql
var schema embed.FS

// schemaLock makes Migrate and Drop wait for each other.
const schemaLock = 5209530441844

// Migrate prepares the database for the read models: the schema, the
// checkpoints, and empty tables for every projection of [All] that has none.
// Tables that are there are left as they are, whatever their version. It may
// run on several instances at once and does nothing where nothing is missing.
//
// The log must have been migrated before, for its roles. The login of
// databaseURL must be allowed to create a schema and to act as
// [eventstore.RoleProjector].
func Migrate(ctx context.Context, databaseURL string) error {
	err := migrations.Set{
		Of: "the read models", Schema: Live, Table: "schema_version",
		Owner: string(eventstore.RoleProjector), Files: schema, Lock: schemaLock,
	}.Up(ctx, databaseURL)
	if err != nil {
		return err
	}
	config, err := pgx.ParseConfig(databaseURL)
	if err != nil {
		return fmt.Errorf("database address: %w", err)
	}
	if err := transact(ctx, config, createPlaces); err != nil {
		return err
	}
	config.RuntimeParams["role"] = string(eventstore.RoleProjector)
	return transact(ctx, config, func(ctx context.Context, tx pgx.Tx) error {
		for _, p := range All() {
			if err := p.Create(ctx, tx, Live); err != nil {
				return err
			}
		}
		return nil
	})
}

// createPlaces creates the schemas beside the live one. The login makes them,
// for the projector may not make schemas.
func createPlaces(ctx context.Context, tx pgx.Tx) error {
	for _, place := range places[1:] {
		create := `CREATE SCHEMA IF NOT EXISTS ` + place + ` AUTHORIZATION ` + string(eventstore.RoleProjector)
		if _, err := tx.Exec(ctx, create); err != nil {
			return fmt.Errorf("create schema %s: %w", place, err)
		}
	}
	return nil
}

// Drop removes all read models and all that [Migrate] has made. The log loses
// nothing by it: Migrate and a [Runner] build them again.
func Drop(ctx context.Context, databaseURL string) error {
	config, err := pgx.ParseConfig(databaseURL)
	if err != nil {
		return fmt.Errorf("database address: %w", err)
	}
	return transact(ctx, config, func(ctx context.Context, tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `DROP SCHEMA IF EXISTS `+strings.Join(places, ", ")+` CASCADE`); err != nil {
			return fmt.Errorf("drop the read models: %w", err)
		}
		return nil
	})
}

// Create makes empty tables for the projection in a place and a checkpoint at
// the beginning of the log. The place is a schema that exists; the connection
// acts as [eventstore.RoleProjector], which may create tables there. If the
// place has a build of the projection already, Create does nothing. For the
// rest of the transaction the place is the search path.
func (p Projection) Create(ctx context.Context, tx pgx.Tx, place string) error {
	tag, err := tx.Exec(ctx, `
		INSERT INTO holdfast_read.checkpoints (projection, place, version, tables) VALUES ($1, $2, $3, $4)
		ON CONFLICT DO NOTHING`, p.Name, place, p.Version, p.TableNames())
	if err != nil {
		return fmt.Errorf("create the checkpoint of %s: %w", p.Name, err)
	}
	if tag.RowsAffected() == 0 {
		return nil
	}
	if _, err := tx.Exec(ctx, `SELECT set_config('search_path', $1, true)`, place); err != nil {
		return fmt.Errorf("go to %s: %w", place, err)
	}
	if _, err := tx.Exec(ctx, p.DDL); err != nil {
		return fmt.Errorf("create the tables of %s in %s: %w", p.Name, place, err)
	}
	return nil
}

// transact runs fn in a transaction of its own under the schema lock.
func transact(ctx context.Context, config *pgx.ConnConfig, fn func(context.Context, pgx.Tx) error) error {
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return fmt.Errorf("connect to migrate the read models: %w", err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	return pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock($1)`, int64(schemaLock)); err != nil {
			return fmt.Errorf("lock the schema of the read models: %w", err)
		}
		return fn(ctx, tx)
	})
}
