package relay

import (
	"context"
	"embed"

	"github.com/holdfast-dev/holdfast/eventstore"
	"github.com/holdfast-dev/holdfast/internal/migrations"
)

// Role may read the log and move the checkpoint, and can do nothing else.
// Connect with it: eventstore.Connect(ctx, databaseURL, relay.Role).
const Role eventstore.Role = "holdfast_relay"

//go:embed schema/*.sql
var schema embed.FS

// Migrate brings the relay's table up to what this program needs. The log must
// have been migrated before. It only goes forward, may run on several
// instances at once, and does nothing on a database that is up to date. The
// login of databaseURL must be allowed to create a schema, and the role unless
// it exists.
func Migrate(ctx context.Context, databaseURL string) error {
	return migrations.Set{
		Of: "the relay", Schema: "holdfast_relay", Table: "schema_version", Files: schema, Lock: 5209530441846,
	}.Up(ctx, databaseURL)
}
