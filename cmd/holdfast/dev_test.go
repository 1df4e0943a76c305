package main

import (
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// dataDir returns a folder that the account of a server can reach.
func dataDir(t *testing.T) string {
	t.Helper()
	parent, err := os.MkdirTemp("", "holdfast-dev-test-") //nolint:usetesting // those of t.TempDir are closed to other accounts
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(parent)) })
	require.NoError(t, os.Chmod(parent, 0o711)) //nolint:gosec // a folder needs x
	return filepath.Join(parent, "data")
}

var userToken = regexp.MustCompile(`An access token to play with[^\n]*:\s+(\S+)\n`)

func TestDevSellsDemoConcertsAndKeepsThem(t *testing.T) {
	t.Parallel()
	dir := dataDir(t)
	s := settings{"HOLDFAST_DATA_DIR": dir}
	p := launch(t, s, "dev")
	welcome := p.stdout.String()
	for _, part := range []string{
		"Holdfast is ready.", p.base + "/docs", "postgres  PostgreSQL ", "redis     ", "kafka     a broker inside this process",
		"data      " + dir + " (delete it to begin afresh)", "token admin --scope concert:write,events:read --data-dir " + dir,
	} {
		require.Contains(t, welcome, part)
	}
	// What is printed for asking the log works as it stands.
	database := regexp.MustCompile(`export DATABASE_URL='([^']+)' REDIS_URL='([^']+)' KAFKA_BROKERS='[^']+'\n`).FindStringSubmatch(welcome)
	require.NotNil(t, database, welcome)
	proved := runProgram(t, settings{"DATABASE_URL": database[1]}, "verify")
	require.Equal(t, exitOK, proved.code, proved.stderr)
	rooms := runProgram(t, settings{"DATABASE_URL": database[1], "REDIS_URL": database[2]}, "queue", "status")
	require.Equal(t, exitOK, rooms.code, rooms.stderr)
	found := userToken.FindStringSubmatch(welcome)
	require.NotNil(t, found, welcome)
	concerts := p.ask(http.StatusOK, "GET", "/v1/concerts", "", nil)
	require.Len(t, concerts["concerts"], len(demoConcerts))
	first := text(list(concerts, "concerts")[0], "concertId")
	turn := p.join(first, found[1])
	dates := p.ask(http.StatusOK, "GET", "/v1/concerts/"+first+"/dates", turn, nil)
	require.Len(t, dates["dates"], demoWeeks)

	admin := strings.TrimSpace(runProgram(t, s, "token", "admin", "--scope", "events:read").stdout)
	head := p.ask(http.StatusOK, "GET", "/v1/admin/status", admin, nil)["head"]

	busy := runProgram(t, settings{"HOLDFAST_DATA_DIR": dir, "HOLDFAST_LISTEN": freeAddress(t)}, "dev")
	require.Equal(t, exitFault, busy.code)
	require.Contains(t, busy.stderr, "data folder "+dir+" is in use by another process")

	p.stop(syscall.SIGINT)
	again := launch(t, s, "dev")
	require.Equal(t, concerts, again.ask(http.StatusOK, "GET", "/v1/concerts", "", nil))
	require.Equal(t, head, again.ask(http.StatusOK, "GET", "/v1/admin/status", admin, nil)["head"], "seeded once")
	require.Equal(t, http.StatusOK, again.status("/readyz"))
	again.stop(syscall.SIGTERM)
}

func TestDevEndsWithAServiceItStandsOn(t *testing.T) {
	t.Parallel()
	dir := dataDir(t)
	p := launch(t, settings{"HOLDFAST_DATA_DIR": dir, "HOLDFAST_DRAIN_TIMEOUT": "1s"}, "dev", "--no-demo")
	require.Empty(t, p.ask(http.StatusOK, "GET", "/v1/concerts", "", nil)["concerts"])
	lock, err := os.ReadFile(filepath.Join(dir, "postgres", "data", "postmaster.pid"))
	require.NoError(t, err)
	pid, _, _ := strings.Cut(string(lock), "\n")
	number, err := strconv.Atoi(pid)
	require.NoError(t, err)
	require.NoError(t, syscall.Kill(number, syscall.SIGQUIT))

	p.ended = true
	ended := make(chan error, 1)
	go func() { ended <- p.command.Wait() }()
	select {
	case err := <-ended:
		require.Error(t, err)
	case <-time.After(patience):
		require.NoError(t, p.command.Process.Kill())
		require.Fail(t, "it goes on without its database")
	}
	require.Equal(t, exitFault, p.command.ProcessState.ExitCode())
	require.Contains(t, p.stderr.String(), "holdfast: postgres ended by itself")
}
