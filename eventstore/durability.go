package eventstore

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5/pgxpool"
)

// durabilitySettings are the server settings that, when off, let Postgres lose
// what it has acknowledged. The pool leaves them at the server's (or the
// database's, or the login's) default, so that the default is what is seen.
const durabilitySettings = `
SELECT name, setting
FROM pg_settings
WHERE name IN ('fsync', 'full_page_writes', 'synchronous_commit') AND setting = 'off'
ORDER BY name`

// checkDurability returns [ErrNotDurable] with the name of the first setting
// that is off.
func checkDurability(ctx context.Context, pool *pgxpool.Pool) error {
	rows, err := pool.Query(ctx, durabilitySettings)
	if err != nil {
		return fmt.Errorf("read durability settings: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var name, value string
		if err := rows.Scan(&name, &value); err != nil {
			return fmt.Errorf("read durability settings: %w", err)
		}
		return fmt.Errorf("%w: %s is %s on the server; switch it on, or say that the database is a throw-away one", ErrNotDurable, name, value)
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("read durability settings: %w", err)
	}
	return nil
}
