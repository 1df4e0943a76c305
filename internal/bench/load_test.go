package bench

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

func TestClosedCountsWhatEndsAfterTheWarmUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sample, err := Closed(t.Context(), 4, time.Second, func(context.Context, int) error {
			time.Sleep(9 * time.Millisecond)
			return nil
		})
		require.NoError(t, err)
		require.InDelta(t, 4*1000/9, sample.Rate, 8)
		require.Equal(t, 9*time.Millisecond, sample.P50)
		require.Equal(t, 9*time.Millisecond, sample.P99)
	})
}

func TestClosedNumbersTheOperationsOfAllCallers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var seen [1000]atomic.Int64
		_, err := Closed(t.Context(), 3, 100*time.Millisecond, func(_ context.Context, index int) error {
			seen[index].Add(1)
			time.Sleep(time.Millisecond)
			return nil
		})
		require.NoError(t, err)
		for index := range 300 {
			require.EqualValues(t, 1, seen[index].Load(), "operation %d", index)
		}
	})
}

var errBroken = errors.New("broken")

func TestTheFirstErrorEndsALoad(t *testing.T) {
	t.Parallel()
	failing := func(_ context.Context, index int) error {
		if index == 5 {
			return errBroken
		}
		time.Sleep(time.Millisecond)
		return nil
	}
	synctest.Test(t, func(t *testing.T) {
		_, err := Closed(t.Context(), 2, time.Hour, func(ctx context.Context, index int) error {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			return failing(ctx, index)
		})
		require.ErrorIs(t, err, errBroken)

		began := time.Now()
		_, err = Offered(t.Context(), 100, time.Hour, failing)
		require.ErrorIs(t, err, errBroken)
		require.Less(t, time.Since(began), time.Minute)
	})
}

func TestOfferedCountsFromWhenAnOperationWasDue(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		// Everything stalls for half a second after a quarter: the operations
		// that were due in between have waited for the rest of the stall.
		begin := time.Now()
		sample, err := Offered(t.Context(), 1000, time.Second, func(context.Context, int) error {
			if at := time.Since(begin); at >= 250*time.Millisecond && at < 750*time.Millisecond {
				time.Sleep(750*time.Millisecond - at)
			}
			return nil
		})
		require.NoError(t, err)
		require.InDelta(t, 1000, sample.Rate, 10)
		require.LessOrEqual(t, sample.P50, time.Millisecond)
		require.InDelta(t, 490*time.Millisecond, sample.P99, float64(2*time.Millisecond))
	})
}

func TestOfferedSaysThatASystemHasCollapsed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		_, err := Offered(t.Context(), 50_000, time.Second, func(ctx context.Context, _ int) error {
			<-ctx.Done()
			return nil
		})
		require.ErrorContains(t, err, "collapsed: 20001 operations wait")
	})
}

func TestSummarise(t *testing.T) {
	t.Parallel()
	require.Zero(t, Summarise(nil, time.Second))
	require.Equal(t, Sample{Rate: 2, P50: 7, P99: 7}, Summarise([]time.Duration{7}, time.Second/2))

	hundred := make([]time.Duration, 100)
	for i := range hundred {
		hundred[i] = time.Duration(100 - i)
	}
	require.Equal(t, Sample{Rate: 100, P50: 50, P99: 99}, Summarise(hundred, time.Second))
}
