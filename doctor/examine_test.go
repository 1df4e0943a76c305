package doctor_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/doctor"
	"github.com/holdfast-dev/holdfast/internal/pgtest"
	"github.com/holdfast-dev/holdfast/internal/redistest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// execute runs statements as the owner of everything.
func execute(t *testing.T, databaseURL string, statements ...string) {
	t.Helper()
	ctx := context.WithoutCancel(t.Context())
	conn, err := pgx.Connect(ctx, databaseURL)
	require.NoError(t, err)
	defer func() { require.NoError(t, conn.Close(ctx)) }()
	for _, statement := range statements {
		_, err = conn.Exec(ctx, statement)
		require.NoError(t, err, statement)
	}
}

func examine(t *testing.T, p doctor.Patient) []doctor.Finding {
	t.Helper()
	if p.Now == nil {
		p.Now = time.Now
	}
	p.Watch = 20 * time.Millisecond
	findings, err := doctor.Examine(t.Context(), p)
	require.NoError(t, err)
	return findings
}

// of returns the findings of one check.
func of(findings []doctor.Finding, check string) []doctor.Finding {
	var found []doctor.Finding
	for _, f := range findings {
		if f.Check == check {
			found = append(found, f)
		}
	}
	return found
}

// requireFinding requires one finding of a check, of a severity, that says
// something, and says what to do.
func requireFinding(t *testing.T, findings []doctor.Finding, check string, severity doctor.Severity, says ...string) {
	t.Helper()
	for _, f := range of(findings, check) {
		if f.Severity == severity && containsAll(f.What, says) {
			require.NotEmpty(t, f.Do)
			return
		}
	}
	require.Failf(t, "no such finding", "%s: %s that says %q among %+v", severity, check, says, of(findings, check))
}

func containsAll(text string, parts []string) bool {
	for _, part := range parts {
		if !strings.Contains(text, part) {
			return false
		}
	}
	return true
}

const anEvent = `INSERT INTO holdfast.events (position, version, recorded_at, stream, type, payload, metadata)
VALUES (1, 1, '2026-11-02T10:00:00Z', 's', 'tested.v1', '{}', '{}')`

func TestAHealthyDeployment(t *testing.T) {
	t.Parallel()
	redis := redistest.New(t)
	findings := examine(t, doctor.Patient{DatabaseURL: pgtest.New(t), RedisURL: redis.URL()})
	for _, check := range []string{"connections", "schema", "indexes", "sessions", "clock", "followers", "dead letters", "redis"} {
		require.Len(t, of(findings, check), 1, check)
		require.Equal(t, doctor.Fine, of(findings, check)[0].Severity, "%+v", of(findings, check))
		require.NotEmpty(t, of(findings, check)[0].What)
	}
	// The tests' server is a throw-away one, and its login may do everything.
	requireFinding(t, findings, "durability", doctor.Fault, "fsync, full_page_writes switched off")
	requireFinding(t, findings, "roles", doctor.Warning, "superuser")
	require.Equal(t, doctor.Fault, doctor.Worst(findings))
}

func TestADatabaseThatIsNotThere(t *testing.T) {
	t.Parallel()
	_, err := doctor.Examine(t.Context(), doctor.Patient{DatabaseURL: "postgres://127.0.0.1:1/none", Now: time.Now})
	require.ErrorContains(t, err, "the database cannot be reached")
}

func TestADatabaseThatWasNotMigrated(t *testing.T) {
	t.Parallel()
	databaseURL := pgtest.New(t)
	execute(t, databaseURL, `ALTER SCHEMA holdfast_read RENAME TO elsewhere`)
	requireFinding(t, examine(t, doctor.Patient{DatabaseURL: databaseURL}), "schema", doctor.Fault, "holdfast_read is missing")
}

func TestIndexesThatAreMissing(t *testing.T) {
	t.Parallel()
	databaseURL := pgtest.New(t)
	execute(t, databaseURL, `DROP INDEX holdfast.events_tag_position`)
	requireFinding(t, examine(t, doctor.Patient{DatabaseURL: databaseURL}), "indexes", doctor.Fault, "holdfast.events_tag_position is missing")
}

func TestRolesThatMayChangeHistory(t *testing.T) {
	t.Parallel()
	databaseURL := pgtest.New(t)
	execute(t, databaseURL, `GRANT DELETE ON holdfast.events TO PUBLIC`)
	requireFinding(t, examine(t, doctor.Patient{DatabaseURL: databaseURL}), "roles", doctor.Fault, "may update, delete or truncate")
}

// Somebody takes the append lock by hand and forgets it.
func TestASessionThatHoldsTheLog(t *testing.T) {
	t.Parallel()
	databaseURL := pgtest.New(t)
	holder, err := pgx.Connect(t.Context(), databaseURL)
	require.NoError(t, err)
	defer func() { require.NoError(t, holder.Close(context.WithoutCancel(t.Context()))) }()
	for _, statement := range []string{`SET application_name = 'forgetful'`, `BEGIN`, `SELECT pg_advisory_xact_lock(5209530441842)`} {
		_, err = holder.Exec(t.Context(), statement)
		require.NoError(t, err)
	}
	waiter, err := pgx.Connect(t.Context(), databaseURL)
	require.NoError(t, err)
	waited := make(chan error, 1)
	go func() {
		_, err := waiter.Exec(t.Context(), `SELECT pg_advisory_xact_lock(5209530441842)`)
		waited <- err
	}()
	require.Eventually(t, func() bool {
		for _, f := range of(examine(t, doctor.Patient{DatabaseURL: databaseURL}), "sessions") {
			if f.Severity == doctor.Fault && containsAll(f.What, []string{"forgetful", "sits on the append lock", "1 wait", "pg_advisory_xact_lock"}) {
				return true
			}
		}
		return false
	}, 20*time.Second, 50*time.Millisecond)
	_, err = holder.Exec(t.Context(), `ROLLBACK`)
	require.NoError(t, err)
	require.NoError(t, <-waited)
	require.NoError(t, waiter.Close(t.Context()))
}

func TestFollowersThatAreNotWellAreNamed(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		illness string
		says    []string
	}{
		"nobody works": {`SELECT 1`, []string{"read model wallets is 1 events behind and has not moved", "nobody works on it"}},
		"stopped": {
			`UPDATE holdfast_read.checkpoints SET stopped = 'event 1 (tested.v1 of stream s, version 1) is unknown', stopped_at = now() WHERE projection = 'wallets'`,
			[]string{"read model wallets is in trouble at position 0, 1 events behind", "tested.v1 of stream s, version 1"},
		},
		"restored": {
			`UPDATE holdfast_read.checkpoints SET position = 7, event_at = now() WHERE projection = 'wallets'`,
			[]string{"read model wallets stands at position 7, beyond the end of the log (1)", "restored from an older copy"},
		},
		"replaced": {
			`UPDATE holdfast_read.checkpoints SET position = 1, event_at = '2026-11-02T09:00:00Z' WHERE projection = 'wallets'`,
			[]string{"read model wallets has read an event at position 1", "has grown again"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			databaseURL := pgtest.New(t)
			execute(t, databaseURL, anEvent, test.illness)
			requireFinding(t, examine(t, doctor.Patient{DatabaseURL: databaseURL}), "followers", doctor.Fault, test.says...)
		})
	}
}

func TestClocksThatDiffer(t *testing.T) {
	t.Parallel()
	databaseURL := pgtest.New(t)
	for name, off := range map[string]time.Duration{"fast": time.Hour, "slow": -time.Hour} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			findings := examine(t, doctor.Patient{DatabaseURL: databaseURL, Now: func() time.Time { return time.Now().Add(off) }})
			requireFinding(t, findings, "clock", doctor.Warning, "database server's are", "apart")
		})
	}
}

func TestAServerWhoseClockWasSetBack(t *testing.T) {
	t.Parallel()
	databaseURL := pgtest.New(t)
	execute(t, databaseURL, anEvent, `UPDATE holdfast.events SET recorded_at = now() + interval '1 hour'`)
	requireFinding(t, examine(t, doctor.Patient{DatabaseURL: databaseURL}), "clock", doctor.Fault, "in the server's future")
}

func TestARedisThatIsNotWell(t *testing.T) {
	t.Parallel()
	databaseURL := pgtest.New(t)
	findings := examine(t, doctor.Patient{DatabaseURL: databaseURL, RedisURL: "redis://127.0.0.1:1"})
	requireFinding(t, findings, "redis", doctor.Fault, "does not answer")
}

func TestWhatCannotBeLookedAtIsSaid(t *testing.T) {
	t.Parallel()
	databaseURL := pgtest.New(t)
	execute(t, databaseURL, `ALTER TABLE holdfast_read.checkpoints RENAME COLUMN stopped TO renamed`)
	findings := examine(t, doctor.Patient{DatabaseURL: databaseURL})
	require.Equal(t, doctor.Fault, of(findings, "followers")[0].Severity)
	require.Contains(t, of(findings, "followers")[0].What, "cannot be looked at")
	require.NotEmpty(t, of(findings, "redis"), "the other checks go on")
}
