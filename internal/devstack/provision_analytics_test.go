package devstack

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// fakePython makes environments whose Python does what a script says.
func fakePython(script string) map[string]string {
	return map[string]string{"python3": `mkdir -p "$3/bin"
printf '#!/bin/sh\n` + script + `\n' >"$3/bin/python"
chmod 755 "$3/bin/python"`}
}

func TestProvisionInstallsAnalyticsOnce(t *testing.T) {
	t.Parallel()
	folder := filepath.Join(t.TempDir(), "cache", "environment")
	given := []string{"HOLDFAST_ANALYTICS_ENV=" + folder}
	out, err := provision(t, fakePython("exit 0"), given, "analytics")
	require.NoError(t, err, out)
	require.Equal(t, "analytics: installing DuckDB and pandas into "+folder+" …\n"+
		"analytics: DuckDB and pandas, from "+folder+"\n", out)
	require.FileExists(t, filepath.Join(folder, "bin", "python"))

	out, err = provision(t, nil, given, "analytics")
	require.NoError(t, err, out)
	require.Equal(t, "analytics: DuckDB and pandas, from "+folder+"\n", out)
}

func TestProvisionIsLoudWithoutAnalyticsAndFailsUnderCI(t *testing.T) {
	t.Parallel()
	for missing, programs := range map[string]map[string]string{
		"Python 3.11 or later with venv and pip": nil,
		"packages that pip could not install":    fakePython("echo unreachable; exit 1"),
	} {
		given := "HOLDFAST_ANALYTICS_ENV=" + filepath.Join(t.TempDir(), "environment")
		out, err := provision(t, programs, []string{given}, "analytics")
		require.NoError(t, err, out)
		require.Contains(t, out, "NO ANALYTICS: it needs "+missing)

		out, err = provision(t, programs, []string{given, "CI=true"}, "analytics")
		require.Error(t, err)
		require.Contains(t, out, "need "+missing+", and CI checks them")
	}
}
