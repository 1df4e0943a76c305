package doctor

import (
	"context"
	"fmt"
	"strings"
)

const switchedOff = `
SELECT name FROM pg_settings
WHERE name IN ('fsync', 'full_page_writes', 'synchronous_commit') AND setting = 'off' ORDER BY name`

// lookAtDurability finds settings with which an acknowledged seat can be lost.
func lookAtDurability(ctx context.Context, e *examination) ([]Finding, error) {
	type setting struct{ Name string }
	off, err := rows[setting](ctx, e, switchedOff)
	if err != nil {
		return nil, err
	}
	if len(off) == 0 {
		return fine("fsync, full_page_writes and synchronous_commit are on"), nil
	}
	names := make([]string, len(off))
	for i, s := range off {
		names[i] = s.Name
	}
	return []Finding{{
		Severity: Fault,
		What:     strings.Join(names, ", ") + " switched off: a crash loses what was acknowledged",
		Do:       "switch on what is off, for the server, the database and the login; a server of ours refuses to start like this unless it is told that the database is thrown away",
	}}, nil
}

const connectionsInUse = `
SELECT count(*) FILTER (WHERE backend_type = 'client backend')::integer AS used,
       current_setting('max_connections')::integer - current_setting('superuser_reserved_connections')::integer AS most,
       (SELECT max(age(datfrozenxid)) FROM pg_database)::bigint AS oldest
FROM pg_stat_activity`

// lookAtConnections finds a server that is about to refuse connections, or
// writes.
func lookAtConnections(ctx context.Context, e *examination) ([]Finding, error) {
	type usage struct {
		Used, Most int
		OldestXID  int64
	}
	u, _, err := one[usage](ctx, e, connectionsInUse)
	if err != nil {
		return nil, err
	}
	var found []Finding
	if u.Used*10 >= u.Most*9 {
		found = append(found, Finding{
			Severity: Warning, What: fmt.Sprintf("%d of %d connections are in use", u.Used, u.Most),
			Do: "raise max_connections, or lower pool_max_conns in the instances' DATABASE_URL",
		})
	}
	const worrying = 1_000_000_000
	if u.OldestXID > worrying {
		found = append(found, Finding{
			Severity: Warning, What: fmt.Sprintf("the oldest transaction id is %d transactions old: at some 2 billion the server stops writing", u.OldestXID),
			Do: "find out what keeps autovacuum from freezing: an old transaction, a replication slot, or autovacuum switched off",
		})
	}
	return orFine(found, "%d of %d connections in use", u.Used, u.Most), nil
}
