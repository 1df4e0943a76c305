package eventstore

import (
	"context"
	"embed"

	"github.com/holdfast-dev/holdfast/internal/migrations"
)

//go:embed schema/*.sql
var schema embed.FS

// Migrate brings the log's tables, functions and roles up to what this program
// needs. It only goes forward, may run on several instances at once (one works,
// the others wait), and does nothing on a database that is up to date. The
// login of databaseURL must be allowed to create a schema, and roles unless
// they exist.
func Migrate(ctx context.Context, databaseURL string) error {
	return migrations.Set{
		Of: "the log", Schema: "holdfast", Table: "log_schema", Files: schema, Lock: 5209530441843,
	}.Up(ctx, databaseURL)
}
