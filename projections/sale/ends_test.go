package sale

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestEndsComeOutInOrder(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		times := rapid.SliceOf(rapid.Int64Range(0, 30)).Draw(t, "times")
		var heap ends
		for i, at := range times {
			heap.push(end{at: at, seat: int32(i)})
			// Taking some out in between must not disturb the rest.
			if at%7 == 3 && len(heap) > 1 {
				least := slices.MinFunc(heap, func(a, b end) int { return int(a.at - b.at) })
				require.Equal(t, least.at, heap[0].at)
				heap.pop()
			}
		}
		before := int64(-1)
		for len(heap) > 0 {
			require.GreaterOrEqual(t, heap[0].at, before)
			before = heap[0].at
			heap.pop()
		}
	})
}

func TestRevisionText(t *testing.T) {
	t.Parallel()
	require.Equal(t, "17", formatRevision(17, 0))
	require.Equal(t, "17-3", formatRevision(17, 3))
}

// What was paid or given up before its end must not pile up.
func TestEndsThatMeanNothingAreDropped(t *testing.T) {
	t.Parallel()
	seats := NewSeats(Performance{SeatCount: 1}, 1)
	for n := range int64(1_000) {
		seats.Apply([]Change{{Seat: 1, State: Held, Until: noonPlus(n)}, {Seat: 1, State: Available}}, 2+n)
	}
	require.LessOrEqual(t, len(seats.ends), 1)
	require.Empty(t, seats.until)
}

func noonPlus(seconds int64) time.Time { return time.Unix(1_782_907_200+seconds, 0) }
