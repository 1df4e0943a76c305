package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/holdfast-dev/holdfast/internal/bench"
)

// toolMemory is what a tool may take, however long the log is.
const toolMemory = 300 << 20

// tool is one of the commands that operators and analysts run over a whole log.
type tool struct {
	name   string
	target float64
	// arguments are those of the program, which runs in the folder that is
	// measured on. Standard output goes to a file there.
	arguments []string
	// output is the file there that the tool makes, if it makes one.
	output string
}

func tools() []tool {
	return []tool{
		{"verify", 300_000, []string{"verify", "--json", "--progress", "none"}, ""},
		{"export as NDJSON", 500_000, []string{"events", "export", "--quiet", "-o", "export.ndjson"}, "export.ndjson"},
		{"export as Parquet", 200_000, []string{"events", "export", "--quiet", "-o", "export.parquet"}, "export.parquet"},
	}
}

// operatorsTools measures the shipped program's tools on so many events of a
// realistic on-sale: each as a process of its own, from its start to its end,
// with the most memory that it had.
func operatorsTools(s *server, events int) bench.Section {
	section := bench.Section{Title: "Tools over a million events"}
	for _, t := range tools() {
		section.Claims = append(section.Claims,
			bench.RateAtLeast(t.name, t.target), bench.MemoryBelow(t.name, toolMemory))
	}
	section.Open = func(ctx context.Context) (bench.Opened, error) {
		databaseURL, err := s.onSale(ctx, events)
		if err != nil {
			return bench.Opened{}, err
		}
		program, err := buildProduct(ctx, s.folder)
		if err != nil {
			return bench.Opened{}, err
		}
		var opened bench.Opened
		for _, t := range tools() {
			opened.Measures = append(opened.Measures, bench.Measure{
				Name: t.name,
				Run: func(ctx context.Context, _ time.Duration) (bench.Sample, error) {
					sample, err := t.run(ctx, program, databaseURL, s.folder)
					sample.Rate *= float64(events)
					return sample, err
				},
			})
		}
		return opened, nil
	}
	return section
}

// run runs the tool once. The rate is of runs.
func (t tool) run(ctx context.Context, program, databaseURL, folder string) (bench.Sample, error) {
	out, err := os.Create(filepath.Join(folder, "tool.out")) //nolint:gosec // the folder is ours
	if err != nil {
		return bench.Sample{}, err
	}
	defer func() { _ = out.Close() }()
	command := exec.CommandContext(ctx, program, t.arguments...) //nolint:gosec // built by us
	command.Env = append(os.Environ(), "DATABASE_URL="+databaseURL)
	command.Dir, command.Stdout, command.Stderr = folder, out, os.Stderr
	if t.output != "" {
		// Replacing the last round's file would also measure how long the file
		// system takes to free it.
		if err := os.RemoveAll(filepath.Join(folder, t.output)); err != nil {
			return bench.Sample{}, err
		}
	}
	began := time.Now()
	if err := command.Start(); err != nil {
		return bench.Sample{}, fmt.Errorf("%s: %w", t.name, err)
	}
	memory := watchMemory(command.Process.Pid)
	err = command.Wait()
	took := time.Since(began)
	if err != nil {
		return bench.Sample{}, fmt.Errorf("%s: %w", t.name, err)
	}
	return bench.Sample{Rate: 1 / took.Seconds(), Memory: memory()}, nil
}
