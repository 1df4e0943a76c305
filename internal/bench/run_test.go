package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// fixed is a measure that comes to the given rates, round by round, and notes
// that it was run.
func fixed(name string, ran *[]string, rates ...float64) Measure {
	round := 0
	return Measure{Name: name, Run: func(context.Context, time.Duration) (Sample, error) {
		*ran = append(*ran, name)
		round++
		return Sample{Rate: rates[(round-1)%len(rates)], P99: time.Millisecond}, nil
	}}
}

func TestRunAlternatesAndJudges(t *testing.T) {
	t.Parallel()
	var ran []string
	var progress bytes.Buffer
	closed := 0
	plan := Plan{
		Baseline: fixed("base", &ran, 100), Rounds: 2, Length: time.Second, Progress: &progress,
		Sections: []Section{{
			Title: "first",
			Open: func(context.Context) (Opened, error) {
				return Opened{
					Measures: []Measure{fixed("a", &ran, 300, 310), fixed("b", &ran, 50)},
					Close:    func() error { closed++; return nil },
				}, nil
			},
			Claims: []Claim{RatioAtLeast("a", "base", 3), RatioAtLeast("b", "base", 1)},
		}},
	}
	result, err := Run(t.Context(), plan)
	require.NoError(t, err)
	require.Equal(t, []string{"base", "a", "b", "base", "a", "b"}, ran)
	require.Equal(t, 1, closed)
	require.Contains(t, progress.String(), "round 2 of 2  a")
	require.False(t, result.Holds())
	require.Len(t, result.Verdicts(), 2)
	require.True(t, result.Verdicts()[0].Holds)
	require.Equal(t, []string{"base", "a", "b"}, result.Sections[0].Order)

	folder := filepath.Join(t.TempDir(), "bench")
	report := NewReport(time.Date(2026, 11, 2, 0, 0, 0, 0, time.UTC), Machine{CPU: "a processor", Cores: 2}, plan, result)
	require.NoError(t, report.Write(folder))
	page, err := os.ReadFile(filepath.Join(folder, "results.md"))
	require.NoError(t, err)
	require.Contains(t, string(page), "| first   | a       | 300/s  | 3.00  | ≥ 3.00 of base | yes    |\n")
	require.Contains(t, string(page), "| first   | b       | 50/s   | 0.50  | ≥ 1.00 of base | **no** |\n")
	text, err := os.ReadFile(filepath.Join(folder, "results.json"))
	require.NoError(t, err)
	var read Report
	require.NoError(t, json.Unmarshal(text, &read))
	require.Equal(t, report, read)
}

func TestRunEndsWithTheFirstErrorAndCloses(t *testing.T) {
	t.Parallel()
	var ran []string
	closed := false
	plan := Plan{Baseline: fixed("base", &ran, 1), Rounds: 3, Sections: []Section{
		{Title: "sound", Open: func(context.Context) (Opened, error) { return Opened{}, nil }},
		{Title: "broken", Open: func(context.Context) (Opened, error) {
			return Opened{
				Measures: []Measure{{Name: "m", Run: func(context.Context, time.Duration) (Sample, error) {
					return Sample{}, errBroken
				}}},
				Close: func() error { closed = true; return nil },
			}, nil
		}},
	}}
	result, err := Run(t.Context(), plan)
	require.ErrorIs(t, err, errBroken)
	require.ErrorContains(t, err, `section "broken": m, round 1`)
	require.True(t, closed)
	require.Len(t, result.Sections, 2)
	require.Empty(t, ran, "nothing is claimed in relation to the baseline")
}

func TestFormats(t *testing.T) {
	t.Parallel()
	require.Equal(t, "0/s", rate(0.4))
	require.Equal(t, "999/s", rate(999))
	require.Equal(t, "1,000/s", rate(999.6))
	require.Equal(t, "1,234,567/s", rate(1234567))
	require.Equal(t, "0.13 ms", latency(134*time.Microsecond))
	require.Equal(t, "5/s, p50 1.00 ms, p99 2.00 ms", Sample{Rate: 5, P50: time.Millisecond, P99: 2 * time.Millisecond}.String())
}
