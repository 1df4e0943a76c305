package eventstore_test

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/internal/pgtest"
)

// call is a call of holdfast.append as the appender.
type call struct {
	knownHead   int64
	knownAt     *time.Time
	from, until *time.Time
	keys        []uuid.UUID
	streams     []string
	versions    []int64
}

type result struct {
	outcome string
	head    int64
	at      time.Time
}

func (c call) run(t *testing.T, conn *pgx.Conn) result {
	t.Helper()
	n := len(c.streams)
	same := func(text string) []string {
		all := make([]string, n)
		for i := range all {
			all[i] = text
		}
		return all
	}
	nothing := make([]*uuid.UUID, n)
	var r result
	err := conn.QueryRow(t.Context(),
		`SELECT outcome, head, at FROM holdfast.append($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`,
		c.knownHead, c.knownAt, c.from, c.until, append([]uuid.UUID{}, c.keys...),
		append([]string{}, c.streams...), append([]int64{}, c.versions...), same(noted), same(""), same(`{}`), same(`{}`),
		nothing, nothing, make([]*int32, n),
	).Scan(&r.outcome, &r.head, &r.at)
	require.NoError(t, err)
	return r
}

// TestAppendFunction calls the function on a log whose last event is recorded
// in the future, so that the time of any append is known: it is the same.
func TestAppendFunction(t *testing.T) {
	t.Parallel()
	databaseURL := pgtest.New(t)
	conn := owner(t, databaseURL)
	key := uuid.New()
	var last time.Time
	require.NoError(t, conn.QueryRow(t.Context(), `
		INSERT INTO holdfast.events (position, version, recorded_at, stream, type, payload, metadata, command_id, fingerprint, command_size)
		VALUES (1, 1, now() + '1 hour', 's', 'noted.v1', '{}', '{}', $1, $1, 1) RETURNING recorded_at`, key).Scan(&last))
	_, err := conn.Exec(t.Context(), `SET ROLE holdfast_appender`)
	require.NoError(t, err)
	earlier, later := last.Add(-time.Microsecond), last.Add(time.Microsecond)

	for _, event := range []bool{true, false} {
		for _, test := range []struct {
			name    string
			call    call
			outcome string
		}{
			{"head too low", call{knownHead: 0}, "moved"},
			{"head too high", call{knownHead: 2, knownAt: &last}, "moved"},
			{"same head, other past", call{knownHead: 1, knownAt: &earlier}, "moved"},
			{"same head, no past", call{knownHead: 1}, "moved"},
			{"moved outweighs all else", call{knownHead: 0, from: &later, keys: []uuid.UUID{key}}, "moved"},
			{"too early", call{knownHead: 1, knownAt: &last, from: &later}, "untimely"},
			{"too late", call{knownHead: 1, knownAt: &last, until: &earlier}, "untimely"},
			{"until is exclusive", call{knownHead: 1, knownAt: &last, until: &last}, "untimely"},
			{"known key", call{knownHead: 1, knownAt: &last, keys: []uuid.UUID{uuid.New(), key}}, "repeated"},
			{"from is inclusive", call{knownHead: 1, knownAt: &last, from: &last, until: &later, keys: []uuid.UUID{uuid.New()}}, "done"},
			{"open span", call{knownHead: 1, knownAt: &last}, "done"},
		} {
			want := result{outcome: test.outcome, head: 1, at: last}
			if event {
				test.call.streams, test.call.versions = []string{"s"}, []int64{2}
			}
			tx, err := conn.Begin(t.Context())
			require.NoError(t, err)
			got := test.call.run(t, tx.Conn())
			if test.outcome != "done" {
				got.at, want.at = time.Time{}, time.Time{} // says nothing
			} else if event {
				want.head = 2
			}
			require.Equal(t, want.outcome, got.outcome, test.name)
			require.Equal(t, want.head, got.head, test.name)
			require.True(t, want.at.Equal(got.at), test.name)
			var n int64
			require.NoError(t, tx.QueryRow(t.Context(), `SELECT count(*) FROM holdfast.events`).Scan(&n))
			require.Equal(t, want.head, n, test.name)
			require.NoError(t, tx.Rollback(t.Context()))
		}
	}
}
