package waitingroom

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func snapshotAt(serving int64, gaps ...gap) *snapshot {
	inc := &incarnation{gaps: gaps}
	inc.hear(serving)
	return &snapshot{incarnation: inc, serving: serving, issued: serving + 1000, rate: 2, present: 1}
}

func TestPositionsLeaveOutWhatWasNeverDrawn(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		snapshot *snapshot
		high     int64
		number   int64
		ahead    int64
	}{
		"next":                        {snapshotAt(10), 0, 11, 0},
		"third":                       {snapshotAt(10), 0, 13, 2},
		"already served":              {snapshotAt(10), 0, 9, 0},
		"before a gap":                {snapshotAt(10, gap{20, 40}), 0, 15, 4},
		"last before a gap":           {snapshotAt(10, gap{20, 40}), 0, 20, 9},
		"first after a gap":           {snapshotAt(10, gap{20, 40}), 0, 41, 10},
		"inside a gap, after all":     {snapshotAt(10, gap{20, 40}), 0, 25, 10},
		"a gap that shrank":           {snapshotAt(10, gap{20, 40}), 30, 41, 20},
		"an older gap does not":       {snapshotAt(10, gap{20, 40}, gap{50, 60}), 30, 61, 20},
		"served up to inside the gap": {snapshotAt(30, gap{20, 40}), 0, 42, 1},
		"a gap long past":             {snapshotAt(50, gap{20, 40}), 0, 52, 1},
		"nobody joined between two":   {snapshotAt(10, gap{20, 40}, gap{20, 60}), 0, 61, 10},
		"nor between three":           {snapshotAt(10, gap{20, 40}, gap{20, 60}, gap{20, 80}), 0, 81, 10},
		"an overlap that shrank":      {snapshotAt(10, gap{20, 40}, gap{20, 60}), 30, 61, 20},
		"somebody joined after all":   {snapshotAt(10, gap{20, 40}, gap{20, 60}), 45, 61, 15},
		"known before the second":     {snapshotAt(10, gap{20, 40}, gap{30, 60}), 0, 61, 20},
		"inside an overlap":           {snapshotAt(10, gap{20, 40}, gap{20, 60}), 0, 50, 10},
		"served up to inside one":     {snapshotAt(30, gap{20, 40}, gap{20, 60}), 0, 63, 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test.snapshot.high = test.high
			require.Equal(t, test.ahead, test.snapshot.between(test.snapshot.serving, test.number))
		})
	}
}

func TestPositionsAreWhatCountingWouldSay(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var gaps []gap
		missing := map[int64]bool{}
		// known is the highest number known to be drawn when Redis was lost,
		// high the highest drawn: whoever joined last was not known yet.
		var known, high, ceiling int64
		for range rapid.IntRange(0, 4).Draw(t, "losses") {
			known = high
			floor := ceiling
			joined := int64(rapid.IntRange(0, 20).Draw(t, "joined"))
			ceiling += joined + int64(rapid.IntRange(0, 20).Draw(t, "missing"))
			for n := floor + joined + 1; n <= ceiling; n++ {
				missing[n] = true
			}
			if joined > 0 {
				high = floor + joined
			}
			gaps = append(gaps, gap{after: high, upTo: ceiling})
		}
		if len(gaps) > 0 {
			gaps[len(gaps)-1].after = known
		}
		serving := int64(rapid.IntRange(0, 100).Draw(t, "serving"))
		number := serving + int64(rapid.IntRange(1, 100).Draw(t, "distance"))
		var counted int64
		for n := serving + 1; n < number; n++ {
			if !missing[n] {
				counted++
			}
		}
		s := snapshotAt(serving, gaps...)
		s.high = high
		if ahead := s.between(serving, number); ahead != counted {
			t.Fatalf("%d ahead of %d, counted %d", ahead, number, counted)
		}
	})
}

func TestPollIntervalsGrowWithTheDistance(t *testing.T) {
	t.Parallel()
	polls := Options{}.withDefaults().polls()
	slow := time.Hour
	require.Equal(t, time.Second, polls.after(0, slow, 16))
	require.Equal(t, 2*time.Second, polls.after(100, slow, 16))
	require.Equal(t, 30*time.Second, polls.after(2900, slow, 16))
	require.Equal(t, 30*time.Second, polls.after(1<<40, slow, 16))
	require.Equal(t, 5*time.Second, polls.after(2900, 10*time.Second, 16), "half of a short wait")
	require.Equal(t, time.Second, polls.after(2900, time.Millisecond, 16))

	rapid.Check(t, func(t *rapid.T) {
		ahead := rapid.Int64Range(0, 1<<50).Draw(t, "ahead")
		wait := time.Duration(rapid.Int64Range(0, int64(LongestWait)).Draw(t, "wait"))
		after := polls.after(ahead, wait, rapid.Int64Range(1, 1<<50).Draw(t, "number"))
		if after > polls.bound(ahead) || after < polls.shortest*9/10 || after > max(polls.shortest, wait/2) {
			t.Fatalf("%v at %d, wait %v", after, ahead, wait)
		}
	})
}

func TestEstimatesFollowTheRate(t *testing.T) {
	t.Parallel()
	s := snapshotAt(0)
	require.Equal(t, 500*time.Millisecond, s.estimate(0))
	require.Equal(t, 50*time.Second+500*time.Millisecond, s.estimate(100))
	s.present = 0.5 // half of those ahead have left
	require.Equal(t, 25*time.Second+500*time.Millisecond, s.estimate(100))
	s.rate = 0
	require.Equal(t, LongestWait, s.estimate(0))
	s.rate = 1e-300
	require.Equal(t, LongestWait, s.estimate(1<<50))
}

func TestDensityIsThePartThatStillWaits(t *testing.T) {
	t.Parallel()
	s := snapshotAt(100)
	s.waiting = 250
	require.InDelta(t, 0.25, s.density(), 1e-9)
	s.waiting = 1
	require.InDelta(t, 0.1, s.density(), 1e-9)
	s.waiting = 5000
	require.InDelta(t, 1, s.density(), 1e-9)
	s.incarnation.floor, s.waiting = 101, 1
	require.InDelta(t, 1, s.density(), 1e-9, "who has not come back yet may wait all the same")
	s.issued, s.incarnation.floor = 100, 0
	require.InDelta(t, 1, s.density(), 1e-9)
}

func TestMarks(t *testing.T) {
	t.Parallel()
	m := newMarks(130)
	for n := range int64(130) {
		require.True(t, m.add(n))
		require.False(t, m.add(n))
	}
	m.remove(64)
	require.True(t, m.add(64))
	require.Empty(t, newMarks(0).words)
}

func TestPatienceOutlastsThePollsItWaitsFor(t *testing.T) {
	t.Parallel()
	polls := Options{}.withDefaults().polls()
	first, perPlace, longest := polls.patience()
	for _, ahead := range []int64{0, 1, 10, 1000, 2900, 1 << 30} {
		patience := min(longest, first+time.Duration(ahead)*perPlace)
		require.GreaterOrEqual(t, patience, 2*polls.bound(ahead), "%d ahead", ahead)
	}
}
