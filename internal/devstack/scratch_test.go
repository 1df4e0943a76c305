package devstack

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestSweepRemovesOnlyWhatNobodyUses(t *testing.T) {
	t.Parallel()
	base := t.TempDir()
	left, used, other := filepath.Join(base, scratchPrefix+"left"), filepath.Join(base, scratchPrefix+"used"), filepath.Join(base, "other")
	for _, dir := range []string{left, used, other} {
		require.NoError(t, os.MkdirAll(filepath.Join(dir, "data"), 0o700))
	}
	lock, err := lockFolder(used)
	require.NoError(t, err)
	defer func() { require.NoError(t, lock.Close()) }()

	sweepScratch(base)
	require.NoDirExists(t, left)
	require.DirExists(t, used)
	require.DirExists(t, other)
}

func TestFolderIsLockedOnce(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	lock, err := lockFolder(dir)
	require.NoError(t, err)
	_, err = lockFolder(dir)
	require.ErrorIs(t, err, errLocked)
	require.NoError(t, lock.Close())
	again, err := lockFolder(dir)
	require.NoError(t, err)
	require.NoError(t, again.Close())
}
