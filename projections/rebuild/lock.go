package rebuild

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/holdfast-dev/holdfast/internal/idle"
)

// lockSpace is the first key of the advisory locks of rebuilds, the second one
// is made of the projection's name. Locks with two keys share no space with
// those of one key, which the log and the migrations use.
const lockSpace = 52095850

// ErrBusy means that somebody else rebuilds, swaps or drops one of the
// projections at this moment.
var ErrBusy = errors.New("somebody else works on it")

// lockPatience is for how long a lock is tried: the server may need a moment to
// notice that a process that had it was killed.
const lockPatience = 2 * time.Second

// Lock reserves projections for the caller until release is called or the
// process ends. It fails with [ErrBusy], and says who has them.
func Lock(ctx context.Context, pool *pgxpool.Pool, names []string) (release func(), err error) {
	conn, err := pool.Acquire(ctx)
	if err != nil {
		return nil, fmt.Errorf("lock the read models: %w", err)
	}
	// Closing the session gives all its locks back, however many there are.
	session := conn.Hijack()
	release = func() { _ = session.Close(context.WithoutCancel(ctx)) }
	for _, name := range slices.Sorted(slices.Values(names)) {
		if err := lockOne(ctx, session, name); err != nil {
			release()
			return nil, err
		}
	}
	return release, nil
}

func lockOne(ctx context.Context, session *pgx.Conn, name string) error {
	for began := time.Now(); ; {
		var locked bool
		err := session.QueryRow(ctx, `SELECT pg_try_advisory_lock($1, hashtext($2))`, int32(lockSpace), name).Scan(&locked)
		switch {
		case err != nil:
			return fmt.Errorf("lock %s: %w", name, err)
		case locked:
			return nil
		case time.Since(began) > lockPatience:
			return fmt.Errorf("%s: %w%s", name, ErrBusy, holder(ctx, session, name))
		}
		if !idle.For(ctx, 50*time.Millisecond) {
			return ctx.Err()
		}
	}
}

// holder says which session has the lock, as far as the database tells.
func holder(ctx context.Context, session *pgx.Conn, name string) string {
	var pid int
	var application, since string
	err := asLogin(ctx, session, func(tx pgx.Tx) error {
		return tx.QueryRow(ctx, `
		SELECT a.pid, coalesce(a.application_name, ''), to_char(a.backend_start AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
		FROM pg_locks l JOIN pg_stat_activity a USING (pid)
		WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 2 AND l.classid::bigint = $1
			AND l.objid::bigint = hashtext($2)::bigint & 4294967295
			AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
			lockSpace, name).Scan(&pid, &application, &since)
	})
	if err != nil {
		return ""
	}
	return fmt.Sprintf(" (%s, database session %d, since %s): let it end, or end it", application, pid, since)
}

// beginner begins transactions: a pool or a connection.
type beginner interface {
	Begin(ctx context.Context) (pgx.Tx, error)
}

// asLogin runs a transaction as the login itself, which sees what its sessions
// do; the roles that we act as do not.
func asLogin(ctx context.Context, db beginner, fn func(pgx.Tx) error) error {
	return pgx.BeginFunc(ctx, db, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `SET LOCAL ROLE NONE`); err != nil {
			return err
		}
		return fn(tx)
	})
}
