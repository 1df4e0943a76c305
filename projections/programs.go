package projections

import (
	"context"
	"fmt"
	"time"

	"github.com/holdfast-dev/holdfast/internal/idle"
)

const (
	// useInterval is how often an instance says which versions it uses.
	useInterval = 5 * time.Second
	// useMemory is for how long a version counts as used after that.
	useMemory = 6 * useInterval
)

const noteUse = `
INSERT INTO holdfast_read.programs (projection, version, seen_at)
SELECT unnest($1::text[]), unnest($2::integer[]), clock_timestamp()
ON CONFLICT (projection, version) DO UPDATE SET seen_at = excluded.seen_at`

// showUse notes again and again which versions this program answers from, so
// that their builds are not dropped under it.
func (r *Runner) showUse(ctx context.Context) {
	var names []string
	var versions []int
	for _, workers := range r.workers {
		names, versions = append(names, workers[0].Name), append(versions, workers[0].Version)
	}
	for {
		if _, err := r.pool.Exec(ctx, noteUse, names, versions); err != nil && ctx.Err() == nil {
			r.opts.Logger.WarnContext(ctx, "cannot note which read models this program uses", "error", err)
		}
		if !idle.For(ctx, useInterval) {
			return
		}
	}
}

// InUse returns when a running program of a version of the projection was seen
// last, and whether that is so short a time ago that it counts as running.
func InUse(ctx context.Context, db Querier, projection string, version int) (seen time.Time, used bool, err error) {
	rows, err := db.Query(ctx, `
		SELECT seen_at, seen_at > clock_timestamp() - $3::interval FROM holdfast_read.programs
		WHERE projection = $1 AND version = $2`, projection, version, useMemory)
	if err != nil {
		return time.Time{}, false, fmt.Errorf("ask who uses %s: %w", projection, err)
	}
	defer rows.Close()
	if rows.Next() {
		err = rows.Scan(&seen, &used)
	}
	if err == nil {
		rows.Close()
		err = rows.Err()
	}
	return seen.UTC(), used, err
}
