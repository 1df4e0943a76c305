package waitingroom

import (
	"context"
	"embed"

	"github.com/holdfast-dev/holdfast/internal/migrations"
)

//go:embed schema/*.sql
var schema embed.FS

// Migrate brings the tables that outlive Redis up to what this program needs.
// It only goes forward, may run on several instances at once, and does nothing
// on a database that is up to date. The login of databaseURL must be allowed
// to create a schema, and it owns the tables.
func Migrate(ctx context.Context, databaseURL string) error {
	return migrations.Set{
		Of: "the waiting rooms", Schema: "holdfast_waiting", Table: "schema_version", Files: schema, Lock: 5209530441845,
	}.Up(ctx, databaseURL)
}
