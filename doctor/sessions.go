package doctor

import (
	"context"
	"fmt"
	"time"
)

// session is one that keeps others waiting or the database from tidying up.
type session struct {
	PID         int
	Application string
	User        string
	State       string
	// Age is since its transaction began.
	Age      time.Duration
	Query    string
	Blocking int
	// HoldsLog reports that it has the append lock.
	HoldsLog bool
}

// sessionsOfNote are the sessions that block others and are blocked by nobody,
// and those with an old transaction. The append lock is the advisory lock that
// holdfast.append takes (5209530441842), in the halves that pg_locks shows.
const sessionsOfNote = `
WITH waiting AS (
    SELECT unnest(pg_blocking_pids(pid)) AS blocker FROM pg_stat_activity
    WHERE wait_event_type = 'Lock' AND datname = current_database()
), noted AS (
    SELECT a.pid, coalesce(a.application_name, '') AS application, coalesce(a.usename::text, '') AS login, coalesce(a.state, '') AS state,
           coalesce(extract(epoch FROM clock_timestamp() - a.xact_start), 0)::double precision AS age,
           left(regexp_replace(coalesce(a.query, ''), '\s+', ' ', 'g'), 200) AS query,
           (SELECT count(*) FROM waiting w WHERE w.blocker = a.pid)::integer AS blocking,
           cardinality(pg_blocking_pids(a.pid)) > 0 AS blocked,
           EXISTS (SELECT FROM pg_locks l WHERE l.pid = a.pid AND l.locktype = 'advisory' AND l.granted
                     AND l.classid = (5209530441842::bigint >> 32)::oid AND l.objid = (5209530441842::bigint & 4294967295)::oid) AS holds_log
    FROM pg_stat_activity a
    WHERE a.datname = current_database() AND a.pid <> pg_backend_pid() AND a.backend_type = 'client backend'
)
SELECT pid, application, login, state, age, query, blocking, holds_log FROM noted
WHERE (blocking > 0 AND NOT blocked) OR age > $1 OR (holds_log AND age > $2)
ORDER BY blocking DESC, age DESC LIMIT 20`

const (
	// oldTransaction keeps vacuum from tidying up.
	oldTransaction = 5 * time.Minute
	// longAppend is how long nobody holds the append lock in good health.
	longAppend = time.Second
)

// lookAtSessions finds who keeps others waiting.
func lookAtSessions(ctx context.Context, e *examination) ([]Finding, error) {
	type row struct {
		PID                       int
		Application, Login, State string
		Age                       float64
		Query                     string
		Blocking                  int
		HoldsLog                  bool
	}
	noted, err := rows[row](ctx, e, sessionsOfNote, oldTransaction.Seconds(), longAppend.Seconds())
	if err != nil {
		return nil, err
	}
	found := make([]Finding, 0, len(noted))
	for _, r := range noted {
		found = append(found, session{
			PID: r.PID, Application: r.Application, User: r.Login, State: r.State,
			Age: time.Duration(r.Age * float64(time.Second)), Query: r.Query, Blocking: r.Blocking, HoldsLog: r.HoldsLog,
		}.finding())
	}
	return orFine(found, "nobody blocks anybody, and no transaction is older than %s", oldTransaction), nil
}

// finding says what is wrong with a session.
func (s session) finding() Finding {
	who := fmt.Sprintf("session %d (%s as %s, %s, transaction of %s: %s)",
		s.PID, s.Application, s.User, s.State, s.Age.Round(10*time.Millisecond), s.Query)
	end := fmt.Sprintf("find out whose it is; SELECT pg_terminate_backend(%d) ends it", s.PID)
	switch {
	case s.HoldsLog && s.Age > longAppend:
		return Finding{Severity: Fault, What: who + fmt.Sprintf(" sits on the append lock: no command is recorded meanwhile; %d wait", s.Blocking), Do: end}
	case s.Blocking > 0 && s.Age > longAppend:
		return Finding{Severity: Fault, What: who + fmt.Sprintf(" blocks %d others", s.Blocking), Do: end}
	case s.Blocking > 0:
		return Finding{Severity: Warning, What: who + fmt.Sprintf(" blocks %d others at this moment", s.Blocking), Do: "look again: only one that stays is a fault"}
	default:
		return Finding{Severity: Warning, What: who + " keeps vacuum from tidying up", Do: end}
	}
}
