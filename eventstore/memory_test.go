package eventstore_test

import (
	"context"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// A writer that answers commands one group after the other lets go of what it
// has answered: neither a group behind another nor the last one keeps those
// before it.
func TestAnsweredCommandsAreLetGo(t *testing.T) {
	t.Parallel()
	const commands = 200
	s := newStore(t)
	type key struct{}
	var collected atomic.Int64
	for range commands {
		held := new([1 << 10]byte) // as a request hangs on its context
		runtime.AddCleanup(held, func(*atomic.Int64) { collected.Add(1) }, &collected)
		_, err := appended(context.WithValue(t.Context(), key{}, held), s, "one")
		require.NoError(t, err)
	}
	require.Eventually(t, func() bool {
		runtime.GC()
		return collected.Load() >= commands-10
	}, 10*time.Second, 10*time.Millisecond, "only those that were answered last may be kept")
}
