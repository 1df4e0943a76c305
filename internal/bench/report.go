package bench

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// Report is a run as it is written down.
type Report struct {
	At       time.Time       `json:"at"`
	Machine  Machine         `json:"machine"`
	Rounds   int             `json:"rounds"`
	Seconds  float64         `json:"secondsPerMeasure"`
	Took     float64         `json:"tookSeconds"`
	Sections []SectionResult `json:"sections"`
}

// NewReport puts the result of a plan together with where it was measured.
func NewReport(at time.Time, machine Machine, plan Plan, result Result) Report {
	return Report{
		At: at.UTC().Truncate(time.Second), Machine: machine,
		Rounds: plan.Rounds, Seconds: plan.Length.Seconds(),
		Took: result.Took.Round(time.Second).Seconds(), Sections: result.Sections,
	}
}

// Write writes the report as results.json and as results.md into a folder,
// which it makes.
func (r Report) Write(folder string) error {
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	if err := os.MkdirAll(folder, 0o755); err != nil { //nolint:gosec // documentation, for everybody to read
		return fmt.Errorf("write the report: %w", err)
	}
	for name, content := range map[string][]byte{
		"results.json": append(text, '\n'),
		"results.md":   []byte(r.Markdown()),
	} {
		if err := os.WriteFile(filepath.Join(folder, name), content, 0o644); err != nil { //nolint:gosec // the same
			return fmt.Errorf("write the report: %w", err)
		}
	}
	return nil
}
