package main

import (
	"context"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/internal/bench"
)

// TestMain lets the test binary stand in for the program, so that sections
// which start copies of themselves can be tested.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && strings.HasSuffix(os.Args[1], "-child") {
		main()
		return
	}
	os.Exit(m.Run())
}

// TestEverySectionRuns runs each section for a moment: it proves that the
// measures work and that their claims refer to them, not how fast they are.
func TestEverySectionRuns(t *testing.T) {
	t.Parallel()
	s, err := startServer(t.Context(), "")
	require.NoError(t, err)
	defer func() { require.NoError(t, s.close()) }()
	compare, err := newPgbench(t.Context(), s)
	require.NoError(t, err)

	// pgbench knows no length below a second; it runs as a measure already.
	instead := func(context.Context, time.Duration) (bench.Sample, error) { return bench.Sample{Rate: 1}, nil }
	result, err := bench.Run(t.Context(), bench.Plan{
		Sections: sections(s, compare, 20_000, 400), Baseline: bench.Measure{Name: baseline, Run: instead},
		Rounds: 1, Length: 100 * time.Millisecond,
	})
	require.NoError(t, err)
	for _, section := range result.Sections {
		for _, verdict := range section.Verdicts {
			require.Contains(t, section.Order, verdict.Measure)
		}
		for _, measure := range section.Order {
			require.Positive(t, section.Rounds.Median(measure).Rate, "%s: %s", section.Title, measure)
		}
	}
}

func TestOnlyChoosesSectionsByWord(t *testing.T) {
	t.Parallel()
	all := []bench.Section{{Title: "Append through the Go API"}, {Title: "Read the log"}}
	require.Len(t, runCommand{}.chosen(all), 2)
	chosen := runCommand{Only: []string{"READ", "none"}}.chosen(all)
	require.Len(t, chosen, 1)
	require.Equal(t, "Read the log", chosen[0].Title)
}
