package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"
)

// Plan says what is run and for how long.
type Plan struct {
	Sections []Section
	// Baseline is what rates are compared with. It is run at the begin of every
	// round of each section that claims something in relation to it, so that
	// both sides of a ratio are close.
	Baseline Measure
	// Rounds of each section.
	Rounds int
	// Length of one measure in one round, without its warm-up.
	Length time.Duration
	// Progress gets a line when a measure has been run.
	Progress io.Writer
}

// Result is what a run came to, section by section.
type Result struct {
	Sections []SectionResult
	Took     time.Duration
}

// SectionResult is what was measured in one section and how its claims fare.
type SectionResult struct {
	Title string `json:"title"`
	// Order is that of the measures, the baseline first if it was run.
	Order    []string  `json:"order"`
	Rounds   Rounds    `json:"rounds"`
	Verdicts []Verdict `json:"verdicts"`
	// Remark is a sentence about what no rate says, often "".
	Remark string `json:"remark,omitempty"`
}

// Run runs every section and judges its claims. An error of a measure ends
// the run; what was measured before is returned with it.
func Run(ctx context.Context, plan Plan) (Result, error) {
	started := time.Now()
	var result Result
	for i, section := range plan.Sections {
		plan.sayf("%s (section %d of %d, after %.0f s)\n", section.Title, i+1, len(plan.Sections), time.Since(started).Seconds())
		measured, err := plan.runSection(ctx, section)
		result.Sections = append(result.Sections, measured)
		result.Took = time.Since(started)
		if err != nil {
			return result, fmt.Errorf("section %q: %w", section.Title, err)
		}
	}
	return result, nil
}

func (p Plan) runSection(ctx context.Context, section Section) (result SectionResult, err error) {
	result = SectionResult{Title: section.Title, Rounds: Rounds{}}
	opened, err := section.Open(ctx)
	if err != nil {
		return result, err
	}
	if opened.Close != nil {
		defer func() { err = errors.Join(err, opened.Close()) }()
	}
	measures := opened.Measures
	if section.comparesWith(p.Baseline.Name) {
		measures = append([]Measure{p.Baseline}, measures...)
	}
	for _, measure := range measures {
		result.Order = append(result.Order, measure.Name)
	}
	for round := range p.Rounds {
		for _, measure := range measures {
			sample, err := measure.Run(ctx, p.Length)
			if err != nil {
				return result, fmt.Errorf("%s, round %d: %w", measure.Name, round+1, err)
			}
			result.Rounds[measure.Name] = append(result.Rounds[measure.Name], sample)
			p.sayf("  round %d of %d  %-40s %s\n", round+1, p.Rounds, measure.Name, sample)
		}
	}
	if opened.Remark != nil {
		if result.Remark, err = opened.Remark(ctx); err != nil {
			return result, fmt.Errorf("remark: %w", err)
		}
		p.sayf("  %s\n", result.Remark)
	}
	for _, claim := range section.Claims {
		result.Verdicts = append(result.Verdicts, claim.Judge(section.Title, result.Rounds))
	}
	return result, nil
}

func (p Plan) sayf(format string, args ...any) {
	if p.Progress != nil {
		_, _ = fmt.Fprintf(p.Progress, format, args...)
	}
}

// Verdicts are those of all sections, in order.
func (r Result) Verdicts() []Verdict {
	var all []Verdict
	for _, section := range r.Sections {
		all = append(all, section.Verdicts...)
	}
	return all
}

// Holds reports whether every claim holds.
func (r Result) Holds() bool {
	for _, verdict := range r.Verdicts() {
		if !verdict.Holds {
			return false
		}
	}
	return true
}
