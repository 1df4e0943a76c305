package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/internal/pgtest"
	"github.com/holdfast-dev/holdfast/reactors"
)

// A payment gives the place back, whatever happens to the server that took it.
func TestPlacesAreGivenBackAfterAKill(t *testing.T) {
	t.Parallel()
	s := services(t)
	s["HOLDFAST_REACTORS"] = "false"
	deaf := launch(t, s, "serve")
	admin := strings.TrimSpace(runProgram(t, s, "token", "admin", "--scope", "concert:write,events:read").stdout)
	concert := deaf.sell(admin)
	next := deaf.ask(201, "POST", "/v1/users", "", nil)
	require.NoError(t, deaf.command.Process.Kill())
	deaf.ended = true
	require.Error(t, deaf.command.Wait())

	s["HOLDFAST_REACTORS"] = "true"
	p := launch(t, s, "serve")
	p.join(concert, text(next, "accessToken")) // there is one place, for ten minutes

	require.EventuallyWithT(t, func(c *assert.CollectT) {
		status := p.ask(200, "GET", "/v1/admin/status", admin, nil)
		for _, follower := range list(status, "followers") {
			if follower["name"] == "reactor end_sessions" {
				require.InDelta(c, 0, follower["lag"], 0)
				require.InDelta(c, 0, follower["deadLetters"], 0)
				return
			}
		}
		require.Fail(c, "the status does not show it", "%v", status)
	}, patience, 50*time.Millisecond)
	_, metrics := p.send("GET", "/metrics", "", nil)
	require.Contains(t, string(metrics), `holdfast_reactor_dead_letters{reactor="end_sessions"} 0`)
	require.Contains(t, string(metrics), `holdfast_reactor_tries_total{reactor="end_sessions"} 1`)
	require.Contains(t, string(metrics), `holdfast_reactor_stopped{reactor="end_sessions"} 0`)

	listed := runProgram(t, s, "reactors", "list")
	require.Equal(t, exitOK, listed.code, listed.stderr)
	require.Regexp(t, `^REACTOR +POSITION +LAG +MOVED +DEAD LETTERS\nend_sessions +\d+ +\d+ +\S+Z +0\n$`, listed.stdout)
	p.stop(15)
}

// ailing runs a reactor that fails with every concert while it is ill, on a
// log with three of them.
func ailing(t *testing.T) (s settings, ill *atomic.Bool) {
	t.Helper()
	config := testConfig(t, pgtest.New(t))
	i, err := openInstance(t.Context(), config)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, i.close()) })
	ill = &atomic.Bool{}
	ill.Store(true)
	runner, err := reactors.Open(t.Context(), i.stores.reacting, i.log, reactors.Options{}, reactors.Reactor{
		Name: "ailing", Types: []string{"concert.announced.v1"},
		Handle: func(*message.Message) error {
			if ill.Load() {
				return fmt.Errorf("feels ill: %w", reactors.ErrHopeless)
			}
			return nil
		},
	})
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	ended := make(chan error, 1)
	go func() { ended <- runner.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		require.NoError(t, <-ended)
	})
	_, err = seedDemo(t.Context(), i.commands, "EUR", time.Now())
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		letters, err := reactors.Letters(t.Context(), i.stores.reacting, reactors.Filter{})
		return err == nil && len(letters) == len(demoConcerts)
	}, patience, 10*time.Millisecond)
	return settings{"DATABASE_URL": config.databaseURL, "HOLDFAST_OPERATOR": "ada"}, ill
}

func TestDeadLettersOnTheCommandLine(t *testing.T) {
	t.Parallel()
	s, ill := ailing(t)
	run := func(code int, arguments ...string) string {
		t.Helper()
		got := runProgram(t, s, append([]string{"deadletters"}, arguments...)...)
		require.Equal(t, code, got.code, "%s%s", got.stdout, got.stderr)
		if code == exitOK {
			require.Empty(t, got.stderr)
			return got.stdout
		}
		require.Empty(t, got.stdout)
		return got.stderr
	}
	listed := run(exitOK, "list")
	require.Regexp(t, `^ID +STATE +REACTOR +POSITION +TYPE +ATTEMPTS +DIED +REASON
1 +open +ailing +1 +concert\.announced\.v1 +1 +\S+Z +feels ill: no other try can help
2 +open `, listed)
	require.Equal(t, 1, strings.Count(run(exitOK, "list", "--reactor", "nobody"), "\n"), "the heading")
	shown := run(exitOK, "show", "1")
	for _, part := range []string{
		"dead letter  1\n", "state        open\n", "position     1\n", "event        concert.announced.v1, version 1 of concert-",
		`payload      {"concertId":`, `"actor":"system:demo"`, "reason       feels ill: no other try can help\n",
	} {
		require.Contains(t, shown, part)
	}

	require.Contains(t, run(exitFault, "retry", "1"), "dead letter 1 has failed again after 2 attempts in all: feels ill")
	ill.Store(false)
	require.Equal(t, "Dead letter 1 is retried.\n", run(exitOK, "retry", "1"))
	require.Contains(t, run(exitFault, "retry", "1"), "dead letter is settled: 1 is retried")
	require.Equal(t, "Dead letter 2 is discarded.\n", run(exitOK, "discard", "2", "--reason", "made good by hand"))
	require.Contains(t, run(exitFault, "discard", "2", "--reason", "again"), "dead letter is settled: 2 is discarded")
	require.Contains(t, run(exitFault, "show", "4"), "no such dead letter: 4")

	var states []string
	for line := range strings.Lines(run(exitOK, "list", "--all", "--json")) {
		var letter struct{ State, Note, SettledBy string }
		require.NoError(t, json.Unmarshal([]byte(line), &letter))
		states = append(states, strings.TrimSpace(letter.State+" "+letter.Note+" "+letter.SettledBy))
	}
	require.Equal(t, []string{"retried", "discarded made good by hand ada", "open"}, states)
	var one struct {
		Event struct{ Payload struct{ Title string } }
	}
	require.NoError(t, json.Unmarshal([]byte(run(exitOK, "show", "3", "--json")), &one))
	require.NotEmpty(t, one.Event.Payload.Title)
}

func TestRetryWithoutAServer(t *testing.T) {
	t.Parallel()
	s, _ := ailing(t)
	// A reactor that no server runs.
	conn, err := pgx.Connect(t.Context(), s["DATABASE_URL"])
	require.NoError(t, err)
	defer func() { require.NoError(t, conn.Close(t.Context())) }()
	_, err = conn.Exec(t.Context(), `
		INSERT INTO holdfast_reactors.offsets (reactor, position) VALUES ('gone', 0);
		UPDATE holdfast_reactors.dead_letters SET reactor = 'gone' WHERE id = 1`)
	require.NoError(t, err)
	got := runProgram(t, s, "deadletters", "retry", "1", "--wait", "10ms")
	require.Equal(t, exitFault, got.code)
	require.Contains(t, got.stderr, "dead letter 1 is handed to reactor gone, and nothing was heard within 10ms")
	got = runProgram(t, s, "deadletters", "retry", "1", "--wait", "0s")
	require.Equal(t, outcome{stdout: "Dead letter 1 is handed to its reactor.\n"}, got)

	got = runProgram(t, s, "reactors", "move", "gone", "--to", "2")
	require.Equal(t, outcome{stdout: "Reactor gone goes on after position 2.\n"}, got)
	got = runProgram(t, s, "reactors", "move", "gone", "--to", "4711")
	require.Equal(t, outcome{code: exitFault, stderr: "holdfast: move reactor gone: the log has no position 4711\n"}, got)
	got = runProgram(t, s, "reactors", "list", "--json")
	require.Contains(t, got.stdout, `{"reactor":"gone","position":2,`)
}
