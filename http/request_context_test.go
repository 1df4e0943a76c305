package http_test

import (
	"context"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/http"
)

const lazily = time.Second

type valueKey struct{}

// bubble is a test in which time is its own, with the context of a request.
type bubble struct {
	*testing.T

	ctx     context.Context
	leave   context.CancelFunc
	release func()
}

func inBubble(t *testing.T, test func(b bubble)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		client, leave := context.WithCancel(t.Context())
		defer leave()
		ctx, release := http.WithLazyDeadline(client, time.Now().Add(lazily))
		defer release()
		test(bubble{T: t, ctx: ctx, leave: leave, release: release})
	})
}

func TestDeadlineIsPastForThoseWhoLook(t *testing.T) {
	t.Parallel()
	inBubble(t, func(b bubble) {
		at, bounded := b.ctx.Deadline()
		require.True(b, bounded)
		require.Equal(b, lazily, time.Until(at))
		time.Sleep(lazily - time.Nanosecond)
		require.NoError(b, b.ctx.Err())
		time.Sleep(time.Nanosecond)
		require.Equal(b, context.DeadlineExceeded, b.ctx.Err())
		<-b.ctx.Done()
		require.Equal(b, context.DeadlineExceeded, b.ctx.Err())
	})
}

func TestDeadlineEndsThoseWhoWait(t *testing.T) {
	t.Parallel()
	inBubble(t, func(b bubble) {
		began := time.Now()
		child, cancel := context.WithTimeout(context.WithValue(b.ctx, valueKey{}, 1), time.Minute)
		defer cancel()
		<-child.Done()
		require.Equal(b, lazily, time.Since(began))
		require.Equal(b, context.DeadlineExceeded, child.Err())
		require.Equal(b, context.DeadlineExceeded, b.ctx.Err())
		require.Equal(b, context.DeadlineExceeded, context.Cause(b.ctx))
	})
}

func TestClientThatLeavesEndsItAll(t *testing.T) {
	t.Parallel()
	for name, wait := range map[string]bool{"waited for": true, "looked at": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inBubble(t, func(b bubble) {
				if wait {
					b.ctx.Done()
				}
				b.leave()
				require.Equal(b, context.Canceled, b.ctx.Err())
				<-b.ctx.Done()
			})
		})
	}
}

func TestReleaseEndsThoseWhoStillWait(t *testing.T) {
	t.Parallel()
	inBubble(t, func(b bubble) {
		child, cancel := context.WithCancel(b.ctx)
		defer cancel()
		b.release()
		<-child.Done()
		require.Equal(b, context.Canceled, child.Err())
	})
}

// TestWaitingTakesNoGoroutine checks that the context package knows the
// context for one of its own: else it starts a goroutine for every child.
func TestWaitingTakesNoGoroutine(t *testing.T) {
	t.Parallel()
	inBubble(t, func(b bubble) {
		_, cancel := context.WithCancel(b.ctx)
		defer cancel()
		synctest.Wait()
		stacks := make([]byte, 1<<20)
		stacks = stacks[:runtime.Stack(stacks, true)]
		for stack := range strings.SplitSeq(string(stacks), "\n\n") {
			require.False(b, strings.Contains(stack, "synctest bubble") && strings.Contains(stack, "propagateCancel"), stack)
		}
	})
}

// TestEarlierDeadlineCounts is about a context around the request's.
func TestEarlierDeadlineCounts(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		outer, cancel := context.WithTimeout(t.Context(), lazily/2)
		defer cancel()
		ctx, release := http.WithLazyDeadline(outer, time.Now().Add(lazily))
		defer release()
		at, bounded := ctx.Deadline()
		require.True(t, bounded)
		require.Equal(t, lazily/2, time.Until(at))

		unbounded, release := http.WithLazyDeadline(t.Context(), time.Time{})
		defer release()
		_, bounded = unbounded.Deadline()
		require.False(t, bounded)
		time.Sleep(2 * lazily)
		require.NoError(t, unbounded.Err())
	})
}
