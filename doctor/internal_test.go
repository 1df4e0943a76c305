package doctor

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/internal/pgtest"
	"github.com/holdfast-dev/holdfast/internal/redistest"
)

func TestTheListOfIndexesIsThatOfTheMigrations(t *testing.T) {
	t.Parallel()
	conn, err := pgx.Connect(t.Context(), pgtest.New(t))
	require.NoError(t, err)
	defer func() { require.NoError(t, conn.Close(t.Context())) }()
	found, err := conn.Query(t.Context(), `SELECT indexname::text FROM pg_indexes WHERE schemaname = 'holdfast' AND tablename = 'events' ORDER BY 1`)
	require.NoError(t, err)
	names, err := pgx.CollectRows(found, pgx.RowTo[string])
	require.NoError(t, err)
	listed := make([]string, 0, len(names))
	for _, w := range indexes() {
		listed = append(listed, w.name)
		require.NotEmpty(t, w.reason)
	}
	require.Equal(t, names, listed)
}

func TestAFollowerThatMovesIsOnlySlow(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 2, 10, 0, 0, 0, time.UTC)
	f := follower{Kind: "relay", Name: "kafka", Position: 4_000, EventAt: &at, RecordedAt: &at}

	finding, is := f.finding(10_000, 2_000, 2*time.Second)
	require.True(t, is)
	require.Equal(t, Warning, finding.Severity)
	require.Equal(t, "relay kafka is 4000 events behind and reads 1000 a second: 4s to go if nothing is added", finding.What)

	_, is = f.finding(4_000, 0, 2*time.Second)
	require.False(t, is, "at the end")
	_, is = f.finding(5_000, 1_500, 2*time.Second)
	require.False(t, is, "it has moved further than what was to do")
}

// Each kind of follower is put right by another command, whether the log ends
// before what it has read or has grown again.
func TestAFollowerOfALogThatWasRestoredIsPutRightByItsOwnCommand(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 2, 10, 0, 0, 0, time.UTC)
	later := at.Add(time.Hour)
	for command, f := range map[string]follower{
		"holdfast projections rebuild --all --fresh --swap always": {Kind: "read model", Name: "wallets"},
		"holdfast reactors move end_sessions --to POSITION":        {Kind: "reactor", Name: "end_sessions"},
		"holdfast relay seek --to POSITION":                        {Kind: "relay", Name: "kafka"},
		"holdfast relay seek --name other --to POSITION":           {Kind: "relay", Name: "other"},
	} {
		f.Position, f.EventAt = 7, &at
		for _, recordedAt := range []*time.Time{nil, &later} {
			f.RecordedAt = recordedAt
			finding, is := f.finding(5, 0, time.Second)
			require.True(t, is)
			require.Equal(t, Fault, finding.Severity)
			require.Contains(t, finding.Do, command)
			require.Equal(t, 1, strings.Count(finding.Do, "holdfast "), "one command")
		}
	}
}

func TestASessionThatBlocksForAMomentIsNoFault(t *testing.T) {
	t.Parallel()
	s := session{PID: 7, Application: "psql", State: "active", Blocking: 2, Age: 10 * time.Millisecond, Query: "LOCK TABLE x"}
	require.Equal(t, Warning, s.finding().Severity)
	s.Age = time.Minute
	require.Equal(t, Fault, s.finding().Severity)
	require.Contains(t, s.finding().What, "session 7 (psql as , active, transaction of 1m0s: LOCK TABLE x) blocks 2 others")
	require.Contains(t, s.finding().Do, "pg_terminate_backend(7)")
	s.Blocking = 0
	require.Equal(t, Warning, s.finding().Severity)
}

func TestRedisSettingsThatLosePlaces(t *testing.T) {
	t.Parallel()
	server := redistest.New(t)
	client := redis.NewClient(&redis.Options{Addr: server.Addr()})
	defer func() { require.NoError(t, client.Close()) }()
	require.Empty(t, lookAtRedisSettings(t.Context(), client))

	// A server that saves takes its time to stop.
	defer func() {
		require.NoError(t, client.ConfigSet(context.WithoutCancel(t.Context()), "save", "").Err())
		require.NoError(t, client.ConfigSet(context.WithoutCancel(t.Context()), "appendonly", "no").Err())
	}()
	for setting, value := range map[string]string{"maxmemory-policy": "allkeys-lru", "save": "60 1", "appendonly": "yes"} {
		require.NoError(t, client.ConfigSet(t.Context(), setting, value).Err())
	}
	found := lookAtRedisSettings(t.Context(), client)
	require.Len(t, found, 3)
	require.Equal(t, Fault, found[0].Severity)
	require.Contains(t, found[0].What, "allkeys-lru")
}

func TestTheWorstCounts(t *testing.T) {
	t.Parallel()
	require.Equal(t, Fine, Worst(nil))
	require.Equal(t, Warning, Worst([]Finding{{Severity: Fine}, {Severity: Warning}, {Severity: Fine}}))
	require.Equal(t, Fault, Worst([]Finding{{Severity: Warning}, {Severity: Fault}, {Severity: Fine}}))
}
