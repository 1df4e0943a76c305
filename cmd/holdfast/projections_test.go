package main

import (
	"bufio"
	"encoding/json"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/internal/pgtest"
	"github.com/holdfast-dev/holdfast/projections"
	"github.com/holdfast-dev/holdfast/projections/history"
	"github.com/holdfast-dev/holdfast/projections/rebuild"
)

// historyIn fills the log of a database of its own.
func historyIn(t *testing.T, events int) settings {
	t.Helper()
	databaseURL := pgtest.New(t)
	require.NoError(t, history.Fill(t.Context(), databaseURL, 7, events))
	return settings{"DATABASE_URL": databaseURL, "HOLDFAST_PROGRESS": "none"}
}

const (
	// cutBack takes the log back to position 2000, as a restore does.
	cutBack = `CREATE TABLE public.cut_off AS TABLE holdfast.events; DELETE FROM public.cut_off WHERE position <= 2000; DELETE FROM holdfast.events WHERE position > 2000`
	// growAgain puts back what was cut off.
	growAgain = `INSERT INTO holdfast.events TABLE public.cut_off; DROP TABLE public.cut_off`
)

// linesOf decodes lines of JSON.
func linesOf[T any](t *testing.T, text string) []T {
	t.Helper()
	var all []T
	lines := bufio.NewScanner(strings.NewReader(text))
	for lines.Scan() {
		var one T
		require.NoError(t, json.Unmarshal(lines.Bytes(), &one), lines.Text())
		all = append(all, one)
	}
	return all
}

func TestProjectionsFromRebuildToDropOld(t *testing.T) {
	t.Parallel()
	s := historyIn(t, 8_000)
	do := func(arguments ...string) string {
		t.Helper()
		got := runProgram(t, s, append([]string{"projections"}, arguments...)...)
		require.Equal(t, exitOK, got.code, got.stderr)
		return got.stdout
	}
	listed := do("list")
	require.Contains(t, listed, "READ MODEL")
	require.Regexp(t, `wallets +live +whole +1 +0 +8000`, listed)

	s["HOLDFAST_PROGRESS"] = "lines"
	got := runProgram(t, s, "projections", "rebuild", "--all")
	require.Equal(t, exitOK, got.code, got.stderr)
	for _, name := range projectionNames(projections.All()) {
		require.Regexp(t, name+`: at position 8000, the live one and the build are equal \(sha256 [0-9a-f]{12}\); swapped in, in [0-9.]+ ms\n`, got.stdout)
	}
	require.Contains(t, got.stderr, "copy sales, reservations, wallets, payments: 8,000 of 8,000 events (100 %)")
	s["HOLDFAST_PROGRESS"] = "none"

	builds := linesOf[listedBuild](t, do("list", "--json"))
	require.Len(t, builds, 8, "live and former")
	for _, b := range builds {
		require.EqualValues(t, 8_000, b.Position)
		require.Len(t, b.SHA256, 64)
		require.Positive(t, b.Bytes)
		require.Equal(t, "whole", b.State)
	}
	require.Regexp(t, `(?s)sales +former.*wallets +live`, do("list"))

	require.Contains(t, do("rollback", "wallets"), "wallets: version 1 is live, at position 8000, 0 events behind")
	require.Regexp(t, `wallets +next +set aside`, do("list"))
	require.EqualValues(t, 8_000, linesOf[swappedJSON](t, do("swap", "wallets", "--json"))[0].Position)
	require.Equal(t, "wallets: dropped from holdfast_read_former\n", do("drop-old", "wallets"))
	require.Equal(t, "wallets: nothing to drop in holdfast_read_former\n", do("drop-old", "wallets"))
	require.Equal(t, "payments: nothing to drop in holdfast_read_next\n", do("discard", "payments"))
	require.Contains(t, do("verify", "--all"), "payments: at position 8000, the live one and the build are equal")
	require.NotContains(t, do("list"), "trial")

	got = runProgram(t, s, "projections", "rollback", "wallets")
	require.Equal(t, exitFault, got.code)
	require.Equal(t, "holdfast: wallets: there is no former build to roll back to\n", got.stderr)
}

func TestProjectionsThatDiffer(t *testing.T) {
	t.Parallel()
	s := historyIn(t, 3_000)
	got := runProgram(t, s, "projections", "rebuild", "payments", "--swap", "never")
	require.Equal(t, exitOK, got.code, got.stderr)
	require.Contains(t, got.stdout, "are equal (sha256")
	require.Contains(t, got.stdout, "; not swapped\n")
	execute(t, s["DATABASE_URL"], `DELETE FROM holdfast_read.payments WHERE payment_id = (SELECT payment_id FROM holdfast_read.payments ORDER BY payment_id LIMIT 1)`)

	got = runProgram(t, s, "projections", "verify", "payments", "wallets", "--json")
	require.Equal(t, exitFault, got.code)
	require.Contains(t, got.stderr, "the live read model payments is not what the log says")
	verified := linesOf[verifiedProjection](t, got.stdout)
	require.True(t, verified[0].Equal)
	require.False(t, verified[1].Equal)
	require.Equal(t, "payments", verified[1].Difference.Table)
	require.Empty(t, verified[1].Difference.Live)
	require.Contains(t, verified[1].Difference.Built, `"payment_id"`)

	got = runProgram(t, s, "projections", "rebuild", "payments")
	require.Equal(t, exitFault, got.code)
	require.Contains(t, got.stdout, "DIFFER, first in table payments\n  live:  no such row\n  built: {")
	require.Contains(t, got.stderr, "holdfast projections swap payments takes it nevertheless")
	got = runProgram(t, s, "projections", "rebuild", "payments", "--swap", "always", "--json")
	require.Equal(t, exitOK, got.code, got.stderr)
	require.True(t, linesOf[rebuilt](t, got.stdout)[0].Swapped)
	require.Equal(t, exitOK, runProgram(t, s, "projections", "verify", "payments").code)
}

// A live read model that has lost a row stops at the first event that is about
// it. The log goes on, and so does what is built from it.
func TestAReadModelThatHasStoppedIsReplaced(t *testing.T) {
	t.Parallel()
	s := historyIn(t, 3_000)
	execute(t, s["DATABASE_URL"], cutBack)
	require.Equal(t, exitOK, runProgram(t, s, "projections", "rebuild", "sales").code)
	execute(t, s["DATABASE_URL"], `DELETE FROM holdfast_read.performances`)
	execute(t, s["DATABASE_URL"], growAgain)

	const stopped = "sales: the live build has stopped: projection sales stops at position 2"
	got := runProgram(t, s, "projections", "verify", "sales")
	require.Equal(t, exitFault, got.code)
	require.Contains(t, got.stderr, stopped)
	require.Contains(t, got.stderr, "holdfast projections rebuild sales --swap always replaces it")
	require.NotContains(t, runProgram(t, s, "projections", "list").stdout, "trial")

	for _, when := range []string{"if-equal", "never"} {
		got = runProgram(t, s, "projections", "rebuild", "sales", "--swap", when)
		require.Equal(t, exitFault, got.code)
		require.Contains(t, got.stdout, "sales: is built; the live one has stopped, so they were not compared; not swapped\n")
		require.Contains(t, got.stderr, stopped)
		require.Contains(t, got.stderr, "holdfast projections swap sales takes it nevertheless")
	}
	got = runProgram(t, s, "projections", "rebuild", "sales", "--fresh", "--swap", "always", "--json")
	require.Equal(t, exitOK, got.code, got.stderr)
	done := linesOf[rebuilt](t, got.stdout)[0]
	require.True(t, done.Swapped)
	require.Nil(t, done.Equal)
	require.Contains(t, done.LiveFault, stopped)
	require.Equal(t, exitOK, runProgram(t, s, "projections", "verify", "sales").code)
}

// What was built before the database was restored from an older copy is no use
// any more: neither verify nor rebuild goes on with it.
func TestBuildsThatAreAheadOfTheLogAreBegunAgain(t *testing.T) {
	t.Parallel()
	s := historyIn(t, 3_000)
	left := func(place string) {
		t.Helper()
		require.NoError(t, withBuilds(t.Context(), s["DATABASE_URL"], projections.All(), func(b *builds) error {
			return rebuild.New(b.pool, b.log, rebuild.Options{Place: place}).Build(t.Context(), projections.All())
		}))
	}
	left(projections.Trial)
	left(projections.Next)
	execute(t, s["DATABASE_URL"], cutBack)
	got := runProgram(t, s, "projections", "verify", "--all")
	require.Equal(t, exitOK, got.code, got.stderr)
	require.Equal(t, 4, strings.Count(got.stdout, ": at position 2000, the live one and the build are equal"), got.stdout)
	require.NotContains(t, runProgram(t, s, "projections", "list").stdout, "trial")
	got = runProgram(t, s, "projections", "rebuild", "--all")
	require.Equal(t, exitOK, got.code, got.stderr)
	require.Equal(t, 4, strings.Count(got.stdout, ": at position 2000, the live one and the build are equal"), got.stdout)
	execute(t, s["DATABASE_URL"], growAgain)
}

func TestDiscardDropsWhatAVerifyHasLeft(t *testing.T) {
	t.Parallel()
	s := historyIn(t, 1_000)
	require.NoError(t, withBuilds(t.Context(), s["DATABASE_URL"], projections.All(), func(b *builds) error {
		return rebuild.New(b.pool, b.log, rebuild.Options{Place: projections.Trial}).Build(t.Context(), projections.All())
	}))
	require.Contains(t, runProgram(t, s, "projections", "list").stdout, "trial")
	got := runProgram(t, s, "projections", "discard", "payments")
	require.Equal(t, exitOK, got.code, got.stderr)
	require.Equal(t, "payments: nothing to drop in holdfast_read_next\npayments: dropped from holdfast_read_trial\n", got.stdout)
	require.Equal(t, exitOK, runProgram(t, s, "projections", "discard", "--all").code)
	require.NotContains(t, runProgram(t, s, "projections", "list").stdout, "trial")
}

// A rebuild that is killed goes on where its last transaction ended.
func TestRebuildGoesOnAfterAKill(t *testing.T) {
	t.Parallel()
	const events, kills = 16_000, 4
	s := historyIn(t, events)
	conn, err := pgx.Connect(t.Context(), s["DATABASE_URL"])
	require.NoError(t, err)
	defer func() { _ = conn.Close(t.Context()) }()
	at := func() (position int64) {
		require.NoError(t, conn.QueryRow(t.Context(), `SELECT coalesce(max(position), 0) FROM holdfast_read.checkpoints WHERE place = 'holdfast_read_next'`).Scan(&position))
		return position
	}
	for range kills {
		goal := at() + 1
		child := program(s, "projections", "rebuild", "--all", "--batch", "500", "--swap", "never")
		require.NoError(t, child.Start())
		require.Eventually(t, func() bool { return at() >= goal }, patience, time.Millisecond)
		require.NoError(t, child.Process.Signal(syscall.SIGKILL))
		require.Error(t, child.Wait())
	}
	begun := at()
	require.Less(t, begun, int64(events), "killed in the middle")
	s["HOLDFAST_PROGRESS"] = "json"
	got := runProgram(t, s, "projections", "rebuild", "--all", "--batch", "20000")
	require.Equal(t, exitOK, got.code, got.stderr)
	require.Equal(t, 4, strings.Count(got.stdout, "are equal"), got.stdout)
}

func TestRebuildStopsAtABadEvent(t *testing.T) {
	t.Parallel()
	s := historyIn(t, 2_000)
	execute(t, s["DATABASE_URL"], `UPDATE holdfast.events SET type = 'wallet.painted.v1' WHERE position = (SELECT min(position) FROM holdfast.events WHERE type = 'wallet.debited.v1')`)
	defer execute(t, s["DATABASE_URL"], `TRUNCATE holdfast.events`)
	got := runProgram(t, s, "projections", "rebuild", "--all")
	require.Equal(t, exitFault, got.code)
	require.Regexp(t, `projection wallets stops at position \d+: event wallet.painted.v1 of stream wallet-[0-9a-f-]+, version \d+: unknown event type`, got.stderr)
	require.Contains(t, got.stderr, "The live read models are as they were.")
	builds := linesOf[listedBuild](t, runProgram(t, s, "projections", "list", "--json").stdout)
	for _, b := range builds {
		switch {
		case b.Role == "live":
			require.Zero(t, b.Position)
		case b.Projection == projections.WalletsName:
			require.Equal(t, "stopped", b.State)
			require.Contains(t, b.Stopped, "wallet.painted.v1")
		default:
			require.EqualValues(t, 2_000, b.Position, "the others are built")
		}
	}

	got = runProgram(t, s, "projections", "verify", "payments", "wallets")
	require.Equal(t, exitFault, got.code)
	require.Contains(t, got.stderr, "projection wallets stops at position")
	require.NotContains(t, runProgram(t, s, "projections", "list").stdout, "trial")
}

func TestTwoRebuildsAtOnce(t *testing.T) {
	t.Parallel()
	s := historyIn(t, 1_000)
	require.NoError(t, withBuilds(t.Context(), s["DATABASE_URL"], projections.All()[:1], func(*builds) error {
		got := runProgram(t, s, "projections", "rebuild", "--all")
		require.Equal(t, exitFault, got.code)
		require.Contains(t, got.stderr, "sales: somebody else works on it (holdfast, database session")
		require.Equal(t, exitOK, runProgram(t, s, "projections", "rebuild", "wallets").code)
		return nil
	}))
}

func TestHelpOfProjections(t *testing.T) {
	t.Parallel()
	for command, says := range map[string][]string{
		"":         {"projections rebuild", "projections drop-old", "projections rollback"},
		"list":     {"holdfast projections list --json | jq", "$DATABASE_URL"},
		"rebuild":  {"holdfast projections rebuild --all\n", "sales, reservations, wallets, payments", "$HOLDFAST_REBUILD_BATCH", "$HOLDFAST_REBUILD_SWAP", "$HOLDFAST_PROGRESS"},
		"verify":   {"holdfast projections verify --all", "$DATABASE_URL"},
		"swap":     {"--swap-patience 10m", "$HOLDFAST_SWAP_PATIENCE"},
		"rollback": {"holdfast projections rollback wallets"},
		"drop-old": {"holdfast projections drop-old --all"},
		"discard":  {"holdfast projections discard wallets"},
	} {
		got := runProgram(t, nil, append(append([]string{"projections"}, strings.Fields(command)...), "--help")...)
		require.Equal(t, exitOK, got.code, got.stderr)
		for _, part := range says {
			require.Contains(t, got.stdout, part)
		}
	}
}

func TestWrongUseOfProjections(t *testing.T) {
	t.Parallel()
	s := settings{"DATABASE_URL": "postgres://db/x"}
	for arguments, says := range map[string]string{
		"rebuild":                "name read models (sales, reservations, wallets, payments), or give --all",
		"swap seats":             `there is no read model "seats", only sales, reservations, wallets, payments`,
		"verify --all --batch 0": "--batch must be more than 0, not 0",
	} {
		got := runProgram(t, s, append([]string{"projections"}, strings.Fields(arguments)...)...)
		require.Equal(t, exitUsage, got.code)
		require.Contains(t, got.stderr, says)
	}
}
