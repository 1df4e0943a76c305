package main

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestReadLatencies(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "log")
	require.NoError(t, os.WriteFile(file, []byte("0 1 2412 0 1793570000 1\n5 1 999 0 1793570000 2\n"), 0o600))
	got, err := readLatencies(file, []time.Duration{time.Second})
	require.NoError(t, err)
	require.Equal(t, []time.Duration{time.Second, 2412 * time.Microsecond, 999 * time.Microsecond}, got)

	for _, broken := range []string{"0 1\n", "0 1 skipped 0 1 1\n"} {
		require.NoError(t, os.WriteFile(file, []byte(broken), 0o600))
		_, err = readLatencies(file, nil)
		require.ErrorContains(t, err, "pgbench logged")
	}
}
