package devstack

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// fakePostgres makes an installation that only knows its version.
func fakePostgres(t *testing.T, version string) string {
	t.Helper()
	dir := t.TempDir()
	script := fmt.Sprintf("#!/bin/sh\necho 'postgres (PostgreSQL) %s (Somewhere)'\n", version)
	for _, name := range []string{"postgres", "initdb"} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(script), 0o755))
	}
	return dir
}

func TestFindPostgres(t *testing.T) {
	for name, test := range map[string]struct {
		version   string
		wantMajor int
		problem   string
	}{
		"the version found will do":   {"17.2", 0, ""},
		"the version of the folder":   {"17.2", 17, ""},
		"too old":                     {"14.9", 0, "is version 14, older than 15"},
		"not the folder's":            {"17.2", 15, "PostgreSQL 15, which made the data folder, is not installed: run scripts/provision postgres"},
		"a version that is no number": {"unknown", 0, "is version 0, older than 15"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := fakePostgres(t, test.version)
			t.Setenv("HOLDFAST_POSTGRES_BIN", dir)
			found, err := findPostgres(t.Context(), nil, test.wantMajor)
			if test.problem != "" {
				require.ErrorIs(t, err, ErrNotInstalled)
				require.ErrorContains(t, err, test.problem)
				return
			}
			require.NoError(t, err)
			require.Equal(t, test.version, found.version)
			require.Equal(t, filepath.Join(dir, "initdb"), found.program("initdb"))
		})
	}
}

func TestFindPostgresSaysWhatToInstall(t *testing.T) {
	t.Setenv("HOLDFAST_POSTGRES_BIN", filepath.Join(t.TempDir(), "absent"))
	_, err := findPostgres(t.Context(), nil, 0)
	require.ErrorIs(t, err, ErrNotInstalled)
	require.EqualError(t, err, "PostgreSQL 15 or later is not installed: run scripts/provision postgres, install the package postgresql, "+
		"name the folder of the programs in HOLDFAST_POSTGRES_BIN, or give DATABASE_URL")
}

func TestNewestInstallationComesFirst(t *testing.T) {
	t.Parallel()
	require.Equal(t, 17, majorIn("/usr/lib/postgresql/17/bin"))
	require.Equal(t, 16, majorIn("/opt/homebrew/opt/postgresql@16/bin"))
	require.Equal(t, 0, majorIn("/usr/local/pgsql/bin"))
}
