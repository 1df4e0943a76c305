package reactors

import (
	"context"
	"embed"

	"github.com/holdfast-dev/holdfast/internal/migrations"
)

//go:embed schema/*.sql
var schema embed.FS

// Migrate brings the tables of the reactors up to what this program needs. It
// only goes forward, may run on several instances at once, and does nothing on
// a database that is up to date. The log must have been migrated before. The
// login of databaseURL must be allowed to create a schema, and roles unless
// [Role] exists; it owns the tables.
func Migrate(ctx context.Context, databaseURL string) error {
	return migrations.Set{
		Of: "the reactors", Schema: "holdfast_reactors", Table: "schema_version", Files: schema, Lock: 5209530441847,
	}.Up(ctx, databaseURL)
}
