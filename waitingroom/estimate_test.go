package waitingroom_test

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/waitingroom"
)

// told is what people were told of their wait, against how long it was.
type told struct {
	// early and later are ratios told / waited, in order: of answers given in
	// the first two minutes, and of all others.
	early, later []float64
	// waited is how long people waited, in order.
	waited []time.Duration
}

// tellingSale simulates a sale in which people stay for 20 seconds and then,
// on average, 80 more of the five minutes that they may.
func tellingSale(t testing.TB, people, capacity int) told {
	t.Helper()
	s := newSale(newHouse(t), 1, waitingroom.Settings{Capacity: capacity, Session: 5 * time.Minute})
	s.stay = func() time.Duration {
		return time.Duration((20 + s.random.ExpFloat64()*80) * float64(time.Second))
	}
	s.arrive(people, 20*time.Second)
	s.until(3*time.Hour, func() bool { return s.admitted == people })

	var result told
	for _, g := range s.guests {
		result.waited = append(result.waited, g.turnAt.Sub(g.joinedAt))
		for _, said := range g.guesses {
			left := g.turnAt.Sub(said.at)
			if left < 10*time.Second {
				continue // a second more or less means nothing
			}
			ratio := said.wait.Seconds() / left.Seconds()
			if said.at.Sub(s.guests[0].joinedAt) < 2*time.Minute {
				result.early = append(result.early, ratio)
			} else {
				result.later = append(result.later, ratio)
			}
		}
	}
	slices.Sort(result.early)
	slices.Sort(result.later)
	slices.Sort(result.waited)
	return result
}

func quantile[T any](sorted []T, q float64) T {
	return sorted[int(q*float64(len(sorted)-1))]
}

func TestWhatPeopleAreToldOfTheirWait(t *testing.T) {
	t.Parallel()
	result := tellingSale(t, 600, 60)
	require.InDelta(t, 1, quantile(result.later, 0.5), 0.25)
	require.Greater(t, quantile(result.later, 0.1), 0.6)
	require.Less(t, quantile(result.later, 0.9), 1.6)
	require.Less(t, quantile(result.early, 0.5), 3.0, "before anybody has left, a wait is told rather too long")
	require.Greater(t, quantile(result.early, 0.5), 0.8)
}

// A sale of 5,000: run with -benchtime 1x.
func BenchmarkWaitsTold(b *testing.B) {
	for b.Loop() {
		result := tellingSale(b, 5000, 300)
		b.ReportMetric(quantile(result.waited, 0.5).Minutes(), "min-waited-p50")
		b.ReportMetric(quantile(result.waited, 1).Minutes(), "min-waited-max")
		for _, q := range []struct {
			name string
			of   float64
		}{{"p10", 0.1}, {"p50", 0.5}, {"p90", 0.9}} {
			b.ReportMetric(quantile(result.early, q.of), "told/waited-early-"+q.name)
			b.ReportMetric(quantile(result.later, q.of), "told/waited-later-"+q.name)
		}
	}
}
