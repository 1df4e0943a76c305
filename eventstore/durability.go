package eventstore

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5/pgxpool"
)

// settingsSwitchedOff are the server settings that, when off, let Postgres lose
// what it has acknowledged. The pool leaves them at the server's (or the
// database's, or the login's) default, so that the default is what is seen.
const settingsSwitchedOff = `
SELECT coalesce(string_agg(name, ', ' ORDER BY name), '')
FROM pg_settings
WHERE name IN ('fsync', 'full_page_writes', 'synchronous_commit') AND setting = 'off'`

// checkDurability returns [ErrNotDurable] with the names of the settings that
// are off.
func checkDurability(ctx context.Context, pool *pgxpool.Pool) error {
	var off string
	if err := pool.QueryRow(ctx, settingsSwitchedOff).Scan(&off); err != nil {
		return unavailable("read durability settings", err)
	}
	if off != "" {
		return fmt.Errorf("%w: the server has switched off %s; switch it on, or say that the database is a throw-away one", ErrNotDurable, off)
	}
	return nil
}
