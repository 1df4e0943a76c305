package devstack

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// deadProcess returns the number of a process that has ended.
func deadProcess(t *testing.T) int {
	t.Helper()
	cmd := exec.Command("true")
	require.NoError(t, cmd.Run())
	return cmd.Process.Pid
}

func TestHolderOfALockFile(t *testing.T) {
	t.Parallel()
	here, err := os.Getwd()
	require.NoError(t, err)
	elsewhere := t.TempDir()
	for name, test := range map[string]struct {
		pid  int
		data string
		want holder
	}{
		"no number":                          {0, here, holderStranger},
		"an ended process":                   {deadProcess(t), here, holderGone},
		"a live process in the folder":       {os.Getpid(), here, holderServer},
		"a live process somewhere else":      {os.Getpid(), elsewhere, holderStranger},
		"a live process and a folder absent": {os.Getpid(), filepath.Join(elsewhere, "none"), holderStranger},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, test.want, postmasterLock{pid: test.pid}.holder(test.data))
		})
	}
}

func TestLockFileOfAStrangerDoesNotStopTheStart(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(folderForServers(t), "postgres")
	p := startPostgres(t, PostgresOptions{Dir: dir})
	query(t, p.URL("postgres"), "CREATE TABLE kept AS SELECT 'first' AS word")
	p.Kill()

	// As after a reboot: the number in the file belongs to somebody else.
	foreign, err := os.MkdirTemp(filepath.Split(foreignSockets)) //nolint:usetesting // where a server puts it
	require.NoError(t, err)
	text := fmt.Sprintf("%d\n%s\n1\n5432\n%s\n", os.Getpid(), p.home.data(), foreign)
	require.NoError(t, os.WriteFile(p.home.lockFile(), []byte(text), 0o600))

	require.NoError(t, p.Restart(t.Context()))
	require.Equal(t, []string{"first"}, query(t, p.URL("postgres"), "SELECT word FROM kept"))
	require.NoDirExists(t, foreign)
}

func TestReadLockTakesWhatIsThere(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		text string
		want postmasterLock
	}{
		"empty":    {"", postmasterLock{}},
		"early":    {"77\n/data\n", postmasterLock{pid: 77}},
		"complete": {"77\n/data\n1700000000\n5432\n/run/pg/\nlocalhost\n", postmasterLock{pid: 77, sockets: "/run/pg"}},
		"garbage":  {"not a number\n", postmasterLock{}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := &folder{path: t.TempDir()}
			require.NoError(t, os.Mkdir(f.data(), 0o700))
			require.NoError(t, os.WriteFile(f.lockFile(), []byte(test.text), 0o600))
			lock, err := f.readLock()
			require.NoError(t, err)
			require.Equal(t, test.want, lock)
		})
	}
}

func TestForeignSocketsAreRemovedOnlyWhereOursAre(t *testing.T) {
	t.Parallel()
	f := &folder{path: t.TempDir()}
	precious := t.TempDir()
	for _, path := range []string{"", ".", precious, foreignSockets + "x/../.." + precious} {
		require.NoError(t, f.removeForeignSockets(postmasterLock{sockets: filepath.Clean(path)}))
		require.DirExists(t, precious)
	}
}
