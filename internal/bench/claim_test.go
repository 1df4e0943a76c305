package bench

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestRatiosAreOfTheSameRound(t *testing.T) {
	t.Parallel()
	// The machine was twice as fast in the second round and slower in the third.
	rounds := Rounds{
		"base": {{Rate: 100}, {Rate: 200}, {Rate: 50}},
		"ours": {{Rate: 310}, {Rate: 600}, {Rate: 145}},
	}
	require.InDelta(t, 3.0, rounds.Ratio("ours", "base"), 1e-9)
	require.Zero(t, rounds.Ratio("ours", "missing"))
}

func TestMedianIsOfEachFigure(t *testing.T) {
	t.Parallel()
	rounds := Rounds{"m": {{Rate: 1, P99: 9}, {Rate: 3, P99: 7}, {Rate: 2, P99: 8}}}
	require.Equal(t, Sample{Rate: 2, P99: 8}, rounds.Median("m"))
	require.Zero(t, rounds.Median("missing"))
}

func TestClaims(t *testing.T) {
	t.Parallel()
	rounds := Rounds{
		"base": {{Rate: 1000, P99: 20 * time.Millisecond}},
		"ours": {{Rate: 3100.4, P99: 5 * time.Millisecond, Memory: 100 << 20}, {Rate: 3100.4, P99: 5 * time.Millisecond, Memory: 200 << 20}},
	}
	tests := []struct {
		name  string
		claim Claim
		want  Verdict
	}{
		{"a ratio that holds", RatioAtLeast("ours", "base", 3), Verdict{
			Figure: "3,100/s", Ratio: 3.1004, Target: "≥ 3.00 of base", Holds: true,
		}},
		{"a ratio that does not", RatioAtLeast("ours", "base", 3.2), Verdict{
			Figure: "3,100/s", Ratio: 3.1004, Target: "≥ 3.20 of base",
		}},
		{"a rate that does not", RateAtLeast("ours", 400_000), Verdict{Figure: "3,100/s", Target: "≥ 400,000/s"}},
		{"a latency that holds", P99Below("ours", 10*time.Millisecond), Verdict{
			Figure: "p99 5.00 ms", Target: "p99 < 10.00 ms", Holds: true,
		}},
		{"a latency that only equals its limit", P99Below("ours", 5*time.Millisecond), Verdict{
			Figure: "p99 5.00 ms", Target: "p99 < 5.00 ms",
		}},
		{"memory at its most", MemoryBelow("ours", 201<<20), Verdict{Figure: "200 MB", Target: "< 201 MB", Holds: true}},
		{"too much memory", MemoryBelow("ours", 200<<20), Verdict{Figure: "200 MB", Target: "< 200 MB"}},
		{"a latency in comparison", P99NoWorse("ours", "base"), Verdict{
			Figure: "p99 5.00 ms", Ratio: 0.25, Target: "p99 ≤ 1.00 of base", Holds: true,
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got := test.claim.Judge("section", rounds)
			require.InDelta(t, test.want.Ratio, got.Ratio, 1e-9)
			test.want.Section, test.want.Measure, test.want.Ratio = "section", "ours", got.Ratio
			require.Equal(t, test.want, got)
		})
	}
}

func TestAClaimAboutWhatWasNotMeasuredDoesNotHold(t *testing.T) {
	t.Parallel()
	for _, claim := range []Claim{
		RatioAtLeast("none", "base", 0), RateAtLeast("none", 0), P99Below("none", time.Hour), P99NoWorse("none", "base"),
		MemoryBelow("none", 1),
	} {
		require.False(t, claim.Judge("section", Rounds{"base": {{Rate: 1}}}).Holds)
	}
}
