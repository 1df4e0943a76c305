package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/domain"
	"github.com/holdfast-dev/holdfast/domain/user"
	"github.com/holdfast-dev/holdfast/eventstore"
	"github.com/holdfast-dev/holdfast/export"
	"github.com/holdfast-dev/holdfast/internal/pgtest"
	"github.com/holdfast-dev/holdfast/projections/history"
)

// update writes the golden outputs anew, to be read before they are kept.
var update = flag.Bool("update", false, "write golden files")

// evening is a small on-sale in which everything happens that a seat, a
// reservation, a wallet and an admission can go through. It is always the same.
func evening() []eventstore.Event {
	s := history.New(42)
	concert := s.Announce(`Die "Zauberflöte"`)
	night := s.Schedule(concert, 60)
	other := s.Schedule(concert, 5)
	ada, ben, eve := s.User(0), s.User(1), s.User(2)
	s.Charge(ada, 20_000)
	s.Pass(time.Minute)
	paid, _ := s.Hold(ada, night, 7, 8)
	s.Hold(ben, night, 21)
	s.Pass(time.Minute)
	s.Pay(paid, s.Turn())
	changed, _ := s.Hold(eve, night, 30, 31)
	s.Pass(time.Minute)
	s.Cancel(changed)
	s.GiveUp(eve, concert)
	s.Hold(eve, other, 2)
	s.Pass(history.HoldLength + time.Second)
	s.Charge(ben, 700)
	return s.Events()
}

// log puts events into a database and returns the settings to ask it.
func askable(t *testing.T, events []eventstore.Event) settings {
	t.Helper()
	databaseURL := pgtest.New(t)
	conn, err := pgx.Connect(t.Context(), databaseURL)
	require.NoError(t, err)
	defer func() { require.NoError(t, conn.Close(context.WithoutCancel(t.Context()))) }()
	require.NoError(t, history.Insert(t.Context(), conn, events))
	return settings{"DATABASE_URL": databaseURL}
}

// ids names the things of the evening as the events do.
type ids struct{ night, other, ada, reservation string }

func idsOf(t *testing.T, events []eventstore.Event) (named ids) {
	t.Helper()
	for _, e := range events {
		_, id, _ := strings.Cut(e.Stream, "-")
		switch {
		case e.Type == "performance.scheduled.v1" && named.night == "":
			named.night = id
		case e.Type == "performance.scheduled.v1":
			named.other = id
		case e.Type == "wallet.charged.v1" && named.ada == "":
			named.ada = id
		case e.Type == "reservation.held.v1" && named.reservation == "":
			named.reservation = id
		}
	}
	return named
}

// Every command answers, for people and for programs, as its golden file says.
func TestEventsOutput(t *testing.T) {
	t.Parallel()
	events := evening()
	s := askable(t, events)
	named := idsOf(t, events)
	later := events[len(events)-1].RecordedAt.Format(time.RFC3339Nano)
	for name, arguments := range map[string][]string{
		"tail":             {"tail", "--from", "1", "--limit", "5"},
		"tail_json":        {"tail", "--from", "1", "--limit", "3", "--type", "seat.*", "--json"},
		"export_ndjson":    {"export", "--quiet"},
		"export_csv":       {"export", "-q", "--format", "csv", "--category", "wallet,admission"},
		"count":            {"count"},
		"count_json":       {"count", "--by", "category,hour", "--json"},
		"count_top":        {"count", "--by", "stream", "--top", "3"},
		"stream":           {"stream", named.reservation},
		"stream_seat":      {"stream", "seat-" + named.night + "-7"},
		"stream_json":      {"stream", "wallet-" + named.ada, "--json"},
		"state":            {"state", named.reservation, "--at", "6"},
		"state_json":       {"state", "seat-" + named.night + "-21", "--at", "10", "--json"},
		"state_over":       {"state", "seat-" + named.night + "-21", "--at", later},
		"state_wallet":     {"state", named.ada, "--at", later},
		"seatmap":          {"seatmap", named.night, "--at", "17"},
		"seatmap_json":     {"seatmap", named.other, "--at", later, "--json"},
		"seatmap_expired":  {"seatmap", named.night, "--at", later},
		"diff":             {"diff", "--from", "9", "--to", later},
		"diff_json":        {"diff", "--from", "0", "--to", later, "--json"},
		"diff_seats":       {"diff", "--from", "9", "--to", "17", named.night},
		"diff_seats_json":  {"diff", "--from", "9", "--to", "11", named.night, "--json"},
		"diff_stream":      {"diff", "--from", "5", "--to", later, named.reservation},
		"diff_stream_json": {"diff", "--from", "5", "--to", later, "wallet-" + named.ada, "--json"},
		"fold":             {"fold", "--by", "payload.performanceId", "--init", `{"sold":0,"held":0}`, "--on", "seat.sold.v1={sold: acc.sold + 1}", "--on", "seat.*={held: acc.held + 1}"},
		"fold_json":        {"fold", "--on", "wallet.charged.v1=acc + payload.amount", "--on", "wallet.debited.v1=acc - payload.amount", "--json"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := runProgram(t, s, append([]string{"events"}, arguments...)...)
			require.Equal(t, exitOK, got.code, got.stderr)
			require.Empty(t, got.stderr)
			golden := filepath.Join("testdata", "events", name+".txt")
			if *update {
				require.NoError(t, os.MkdirAll(filepath.Dir(golden), 0o750))
				require.NoError(t, os.WriteFile(golden, []byte(got.stdout), 0o600))
			}
			want, err := os.ReadFile(golden)
			require.NoError(t, err)
			require.Equal(t, string(want), got.stdout)
		})
	}
}

// What cannot be answered is said precisely.
func TestEventsRefusals(t *testing.T) {
	t.Parallel()
	events := evening()
	s := askable(t, events)
	named := idsOf(t, events)
	there := filepath.Join(t.TempDir(), "there.csv")
	require.NoError(t, os.WriteFile(there, nil, 0o600))
	for name, test := range map[string]struct {
		arguments []string
		code      int
		says      string
	}{
		"no moment":        {[]string{"state", "x", "--at", "soon"}, exitUsage, `"soon" is no moment: give a position`},
		"past the end":     {[]string{"state", named.ada, "--at", "999"}, exitFault, "there is no position 999: the log ends at"},
		"no such stream":   {[]string{"stream", "wallet-nobody"}, exitFault, "nothing is recorded about wallet-nobody: streams are named like"},
		"too early":        {[]string{"state", named.reservation, "--at", "1"}, exitFault, "nothing is recorded about reservation-"},
		"no performance":   {[]string{"seatmap", "here"}, exitUsage, `"here" is not the id of a performance`},
		"other id":         {[]string{"seatmap", named.ada}, exitFault, "nothing is recorded about performance"},
		"backwards":        {[]string{"diff", "--from", "5", "--to", "3"}, exitFault, "--to is before --from: position 3"},
		"star":             {[]string{"export", "--type", "seat.*.v1"}, exitUsage, `--type "seat.*.v1": a star stands at the end`},
		"file is there":    {[]string{"export", "-o", there}, exitFault, "there.csv: file exists: name another file, or pass --overwrite"},
		"no file":          {[]string{"export", "--overwrite"}, exitUsage, "name it with --output"},
		"no grouping":      {[]string{"count", "--by", "mood"}, exitUsage, `--by must be one of`},
		"no rule":          {[]string{"fold", "--on", "seat.held.v1"}, exitUsage, `--on "seat.held.v1" is not TYPE=EXPRESSION`},
		"unknown name":     {[]string{"fold", "--on", "seat.held.v1=acc + amount"}, exitUsage, "on seat.held.v1: unknown name amount (1:7)\n | acc + amount\n | ......^"},
		"wrong at run":     {[]string{"fold", "--on", "seat.held.v1=acc + payload.userId"}, exitFault, "on seat.held.v1, at position 6 (seat.held.v1 of seat-"},
		"init is not JSON": {[]string{"fold", "--init", "{", "--on", "seat.*=1"}, exitUsage, "init: { is not JSON"},
		"no time":          {[]string{"fold", "--timeout", "1ns", "--on", "seat.*=1"}, exitFault, "holdfast: the fold was not done in time: narrow it down"},
		"negative":         {[]string{"tail", "--limit=-1"}, exitUsage, "--limit must not be negative"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := runProgram(t, s, append([]string{"events"}, test.arguments...)...)
			require.Equal(t, test.code, got.code, got.stderr)
			require.Empty(t, got.stdout)
			require.Contains(t, got.stderr, test.says)
		})
	}
	got := runProgram(t, settings{"DATABASE_URL": s["DATABASE_URL"] + "_gone"}, "events", "count")
	require.Equal(t, exitFault, got.code)
	require.Contains(t, got.stderr, "does not exist")
}

// head takes what it needs and leaves; nobody complains.
func TestEventsIntoAPipeThatCloses(t *testing.T) {
	t.Parallel()
	sale := history.New(3)
	sale.Random(20_000)
	s := askable(t, sale.Events())
	for name, arguments := range map[string][]string{
		"export": {"export", "--quiet", "-o", "-"}, "csv": {"export", "-q", "--format", "csv"}, "parquet": {"export", "-q", "--format", "parquet"},
		"tail": {"tail", "--from", "1"}, "tail that waits": {"tail", "--from", strconv.Itoa(len(sale.Events()))}, "count": {"count", "--by", "stream"}, "fold": {"fold", "--by", "stream", "--on", "*=acc + 1", "--json"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			command := program(s, append([]string{"events"}, arguments...)...)
			var stderr strings.Builder
			command.Stderr = &stderr
			stdout, err := command.StdoutPipe()
			require.NoError(t, err)
			require.NoError(t, command.Start())
			_, err = bufio.NewReaderSize(stdout, 16).ReadByte()
			require.NoError(t, err)
			require.NoError(t, stdout.Close())
			require.NoError(t, command.Wait(), stderr.String())
			require.Empty(t, stderr.String())
		})
	}
}

// An export that is killed, wherever that is, goes on and ends in the same
// bytes.
func TestEventsExportSurvivesKill(t *testing.T) {
	t.Parallel()
	sale := history.New(5)
	sale.Random(20_000)
	s := askable(t, sale.Events())
	for _, format := range []string{"ndjson", "csv", "parquet"} {
		t.Run(format, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			whole, name := filepath.Join(dir, "whole."+format), filepath.Join(dir, "killed."+format)
			got := runProgram(t, s, "events", "export", "-q", "-o", whole)
			require.Equal(t, outcome{}, got)
			var goal int64 // at first a kill before there is a checkpoint
			for range 3 {
				command := program(s, "events", "export", "-q", "-o", name)
				require.NoError(t, command.Start())
				require.Eventually(t, func() bool {
					_, err := os.Stat(name + ".part")
					done, _ := os.Stat(name)
					return done != nil || err == nil && reachedIn(name) >= goal
				}, patience, time.Millisecond)
				_ = command.Process.Kill()
				_ = command.Wait()
				goal = reachedIn(name) + 1
			}
			// A kill may also come when the file has its name and its note is left.
			require.Equal(t, outcome{}, runProgram(t, s, "events", "export", "-q", "--overwrite", "-o", name))
			want, err := os.ReadFile(whole)
			require.NoError(t, err)
			have, err := os.ReadFile(name)
			require.NoError(t, err)
			require.Len(t, have, len(want))
			require.True(t, bytes.Equal(want, have))
			left, err := filepath.Glob(name + ".*")
			require.NoError(t, err)
			require.Empty(t, left)
		})
	}
}

// reachedIn is the position of the latest checkpoint of an export to a file.
func reachedIn(name string) int64 {
	var note struct{ Reached int64 }
	text, err := os.ReadFile(name + ".part.json")
	if err != nil || json.Unmarshal(text, &note) != nil {
		return 0
	}
	return note.Reached
}

func TestEventsExportSaysWhereItIs(t *testing.T) {
	t.Parallel()
	s := askable(t, evening())
	name := filepath.Join(t.TempDir(), "e.csv")
	got := runProgram(t, s, "events", "export", "-o", name)
	require.Equal(t, exitOK, got.code)
	require.Empty(t, got.stdout)
	require.Regexp(t, `export: \d+ of \d+ events \(100 %\), [\d,]+/s, done\n.*e\.csv: \d+ events, \d+ bytes\n$`, got.stderr)
	got = runProgram(t, s, "events", "export", "-o", name, "--overwrite", "--progress", "json")
	require.Equal(t, exitOK, got.code)
	first, _, _ := strings.Cut(got.stderr, "\n")
	require.True(t, json.Valid([]byte(first)), first)
}

// An interruption that comes while the file is being finished is too late.
func TestEventsExportThatIsWholeWasNotInterrupted(t *testing.T) {
	t.Parallel()
	ctx, interrupt := context.WithCancel(t.Context())
	interrupt()
	command := eventsExportCommand{Output: "e.csv", Quiet: true}
	result := export.Result{Progress: export.Progress{Position: 12}}
	require.NoError(t, command.conclude(ctx, result, nil))
	require.EqualError(t, command.conclude(ctx, result, ctx.Err()),
		"interrupted at position 12: the same command goes on with e.csv.part")
}

// tail shows what is recorded while it runs, and ends in order when asked to.
func TestEventsTailFollows(t *testing.T) {
	t.Parallel()
	events := evening()
	s := askable(t, events[:len(events)-1])
	command := program(s, "events", "tail", "--json", "--from", "2")
	stdout, err := command.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, command.Start())
	lines := bufio.NewScanner(stdout)
	for position := 2; position <= len(events); position++ {
		if position == len(events) {
			conn, err := pgx.Connect(t.Context(), s["DATABASE_URL"])
			require.NoError(t, err)
			require.NoError(t, history.Insert(t.Context(), conn, events[len(events)-1:]))
			require.NoError(t, conn.Close(t.Context()))
		}
		require.True(t, lines.Scan())
		var e struct{ Position int }
		require.NoError(t, json.Unmarshal(lines.Bytes(), &e))
		require.Equal(t, position, e.Position)
	}
	require.NoError(t, command.Process.Signal(os.Interrupt))
	require.False(t, lines.Scan())
	var failed *exec.ExitError
	require.NotErrorAs(t, command.Wait(), &failed)
}

// What cannot be written is a failure, also if it is the last of what was asked for.
func TestEventsTailThatCannotBeWrittenFails(t *testing.T) {
	t.Parallel()
	events := evening()
	for _, limit := range []int64{0, 1} {
		out := &tail{selection: eventstore.Selection{UpTo: math.MaxInt64}, out: bufio.NewWriter(fullDisk{}), limit: limit}
		err := out.show(t.Context(), events[:1])
		require.ErrorIs(t, err, syscall.ENOSPC)
		require.NotErrorIs(t, err, errEnough)
	}
}

type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, syscall.ENOSPC }

// A forgotten user leaves the log under a pseudonym, whatever is asked, and is
// found by it alone.
func TestEventsOfForgottenUsers(t *testing.T) {
	t.Parallel()
	events := evening()
	named := idsOf(t, events)
	const salt = "c2a5b1d0-97e4-4d0b-8a56-3f0b1c2d3e4f"
	last := events[len(events)-1]
	events = append(events, eventstore.Event{
		Position: last.Position + 1, Stream: "user-" + named.ada, Version: 1, Type: user.TypeForgotten, RecordedAt: last.RecordedAt,
		Payload: []byte(`{"userId":"` + named.ada + `","salt":"` + salt + `"}`), Metadata: []byte(`{}`),
	})
	s := askable(t, events)
	pseudonym := string(user.Forgotten{UserID: domain.UserID(named.ada), Salt: salt}.Pseudonym())
	for _, arguments := range [][]string{
		{"export", "-q"},
		{"export", "-q", "--format", "csv"},
		{"export", "-q", "--actor", "user:" + pseudonym},
		{"export", "-q", "--actor", "user:*"},
		{"tail", "--from", "1", "--limit", "25"},
		{"count", "--by", "stream,actor"},
		{"stream", pseudonym},
		{"stream", "wallet-" + pseudonym, "--json"},
		{"state", named.reservation},
		{"seatmap", named.night, "--at", "9", "--json"},
		{"diff", "--from", "0", named.night},
		{"fold", "--by", "actor", "--on", "*=acc + 1"},
	} {
		got := runProgram(t, s, append([]string{"events"}, arguments...)...)
		require.Equal(t, exitOK, got.code, got.stderr)
		require.NotContains(t, got.stdout, named.ada, arguments)
		require.NotContains(t, got.stdout, salt, arguments)
		require.Contains(t, got.stdout, pseudonym, arguments)
	}
	for _, arguments := range [][]string{
		{"export", "-q", "--actor", "user:" + named.ada}, {"export", "-q", "--stream", "wallet-" + named.ada[:35] + "*"}, {"count", "--actor", "user:" + named.ada, "--by", "type"},
	} {
		require.Equal(t, outcome{}, runProgram(t, s, append([]string{"events"}, arguments...)...), arguments)
	}
	// Whatever fits others too, what is counted is what is shown.
	for _, part := range []string{named.ada[:9], named.ada[:35], named.ada} {
		for _, selected := range [][]string{{"--stream", "wallet-" + part + "*"}, {"--actor", "user:" + part + "*"}} {
			shown := runProgram(t, s, append([]string{"events", "export", "-q"}, selected...)...)
			counted := runProgram(t, s, append([]string{"events", "count", "--by", "category,type", "--json"}, selected...)...)
			require.Equal(t, exitOK, counted.code, counted.stderr)
			want, found := make(map[string]int64), make(map[string]int64)
			for _, e := range linesOf[struct{ Type string }](t, shown.stdout) {
				want[e.Type]++
			}
			for _, group := range linesOf[struct {
				Type   string
				Events int64
			}](t, counted.stdout) {
				require.NotContains(t, found, group.Type, "a group is whole")
				found[group.Type] = group.Events
			}
			require.Equal(t, want, found, selected)
			if len(part) == 9 {
				require.NotEmpty(t, found, "others fit")
			} else {
				require.Empty(t, found)
			}
		}
	}
	got := runProgram(t, s, "events", "stream", named.ada)
	require.Equal(t, exitFault, got.code)
	require.Contains(t, got.stderr, "nothing is recorded about")
}

func TestHelpOfEvents(t *testing.T) {
	t.Parallel()
	for name, says := range map[string][]string{
		"":        {"holdfast_reader", "how long ago", "events seatmap"},
		"tail":    {"--from 10m --type 'seat.*' --json", "$DATABASE_URL"},
		"export":  {"FILE.part", "-o seats.parquet", "$HOLDFAST_EVENTS_FORMAT", "$HOLDFAST_PROGRESS"},
		"count":   {"--by hour,type"},
		"stream":  {"holdfast events stream seat-"},
		"state":   {"a hold whose end had passed", "$HOLDFAST_EVENTS_AT"},
		"seatmap": {"jq .totals"},
		"diff":    {"holdfast events diff --from 10m"},
		"fold":    {"https://expr-lang.org", "{sold: acc.sold + 1}"},
	} {
		t.Run("events "+name, func(t *testing.T) {
			t.Parallel()
			got := runProgram(t, nil, append(strings.Fields("events "+name), "--help")...)
			require.Equal(t, exitOK, got.code, got.stderr)
			require.Empty(t, got.stderr)
			for _, part := range says {
				require.Contains(t, got.stdout, part)
			}
		})
	}
}
