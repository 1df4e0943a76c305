package devstack

import (
	"context"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestThrowAwayServerLeavesNothing(t *testing.T) {
	t.Parallel()
	p, err := StartPostgres(t.Context(), PostgresOptions{Volatile: true})
	require.NoError(t, err)
	require.Equal(t, []string{"1"}, query(t, p.URL("postgres"), "SELECT '1'"))
	require.DirExists(t, p.Dir())

	require.NoError(t, p.Close())
	require.NoDirExists(t, p.Dir())
	<-p.Done()
	require.NoError(t, p.Close(), "closing again is harmless")
}

func TestServersAreDurableUnlessToldOtherwise(t *testing.T) {
	t.Parallel()
	const settings = `SELECT name || '=' || setting FROM pg_settings
		WHERE name IN ('fsync', 'full_page_writes', 'synchronous_commit') ORDER BY name`

	durable := startPostgres(t, PostgresOptions{})
	require.Equal(t, []string{"fsync=on", "full_page_writes=on", "synchronous_commit=on"},
		query(t, durable.URL("postgres"), settings))
	require.Equal(t, []string{"on"}, query(t, durable.URL("postgres"), "SHOW data_checksums"))

	volatile := startPostgres(t, PostgresOptions{Volatile: true, Settings: map[string]string{"work_mem": "7MB"}})
	require.Equal(t, []string{"fsync=off", "full_page_writes=off", "synchronous_commit=on"},
		query(t, volatile.URL("postgres"), settings))
	require.Equal(t, []string{"7MB"}, query(t, volatile.URL("postgres"), "SHOW work_mem"))
}

func TestKeptFolderKeepsItsData(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(folderForServers(t), "postgres")
	p := startPostgres(t, PostgresOptions{Dir: dir, TCP: true})
	query(t, p.URL("postgres"), "CREATE TABLE kept AS SELECT 'first' AS word")

	p.Kill()
	_, err := tryQuery(t.Context(), p.URL("postgres"), "SELECT word FROM kept")
	require.Error(t, err)
	address := p.URL("postgres")
	require.NoError(t, p.Restart(t.Context()), "after a crash")
	require.Equal(t, address, p.URL("postgres"))
	require.Equal(t, []string{"first"}, query(t, address, "SELECT word FROM kept"))
	require.NoError(t, p.Restart(t.Context()), "while it runs")
	require.NoError(t, p.Close())

	again := startPostgres(t, PostgresOptions{Dir: dir})
	require.Equal(t, []string{"first"}, query(t, again.URL("postgres"), "SELECT word FROM kept"))
}

func TestTCPNeedsThePassword(t *testing.T) {
	t.Parallel()
	p := startPostgres(t, PostgresOptions{Volatile: true, TCP: true})
	address, err := url.Parse(p.URL("postgres"))
	require.NoError(t, err)
	require.Equal(t, "127.0.0.1", address.Hostname())
	require.Equal(t, []string{"1"}, query(t, address.String(), "SELECT '1'"))

	address.User = url.UserPassword(superuser, "wrong")
	_, err = tryQuery(t.Context(), address.String(), "SELECT '1'")
	require.ErrorContains(t, err, "password authentication failed")
}

func TestFolderWithAPathTooLongForASocket(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(folderForServers(t), strings.Repeat("long name, ", 12))
	p := startPostgres(t, PostgresOptions{Dir: dir, Volatile: true})
	require.Equal(t, []string{"1"}, query(t, p.URL("postgres"), "SELECT '1'"))
	require.DirExists(t, p.home.sockets)
	require.True(t, strings.HasPrefix(p.home.sockets, foreignSockets), p.home.sockets)
	require.NoError(t, p.Close())
	require.NoDirExists(t, p.home.sockets)
}

func TestFolderOfALiveServerIsRefused(t *testing.T) {
	t.Parallel()
	p := startPostgres(t, PostgresOptions{Dir: filepath.Join(folderForServers(t), "postgres"), Volatile: true})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorContains(t, p.home.release(ctx), "another server (process")
}

func TestStartSaysWhatTheServerSaid(t *testing.T) {
	t.Parallel()
	_, err := StartPostgres(t.Context(), PostgresOptions{Volatile: true, Settings: map[string]string{"shared_buffers": "plenty"}})
	require.ErrorContains(t, err, `invalid value for parameter "shared_buffers": "plenty"`)
}

func TestUnfinishedDataFolderIsMadeAgain(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(folderForServers(t), "postgres")
	require.NoError(t, os.MkdirAll(filepath.Join(dir, "data.unfinished", "base"), 0o700))
	p := startPostgres(t, PostgresOptions{Dir: dir, Volatile: true})
	require.Equal(t, []string{"1"}, query(t, p.URL("postgres"), "SELECT '1'"))
	require.NoDirExists(t, filepath.Join(dir, "data.unfinished"))
}
