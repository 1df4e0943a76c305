package main

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestPeakOfARunningProcess(t *testing.T) {
	t.Parallel()
	if _, err := os.Stat("/proc/self/status"); err != nil {
		t.Skip("this system does not tell")
	}
	most, ok := peakOf(os.Getpid())
	require.True(t, ok)
	require.Greater(t, most, int64(1<<20))
	_, ok = peakOf(1 << 30)
	require.False(t, ok)
}
