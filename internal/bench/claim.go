package bench

import (
	"fmt"
	"time"
)

// Claim is a sentence about a measure that a run can prove wrong.
type Claim struct {
	// Of is the measure that the claim is about.
	Of string
	// To is the measure that it is compared with, empty for none.
	To    string
	judge func(Rounds) Verdict
}

// Verdict is a claim held against what was measured.
type Verdict struct {
	Section string `json:"section"`
	Measure string `json:"measure"`
	// Figure is what was measured, with its unit.
	Figure string `json:"figure"`
	// Ratio is the figure in relation to what it is compared with, 0 if the
	// claim is about an absolute figure.
	Ratio float64 `json:"ratio,omitempty"`
	// Target is what was claimed.
	Target string `json:"target"`
	Holds  bool   `json:"holds"`
}

// Judge holds the claim against the rounds of its section.
func (c Claim) Judge(section string, rounds Rounds) Verdict {
	v := c.judge(rounds)
	v.Section, v.Measure = section, c.Of
	if len(rounds[c.Of]) == 0 {
		v.Holds = false
	}
	return v
}

// RatioAtLeast claims that a measure's rate is at least so many times that of
// another one.
func RatioAtLeast(of, to string, target float64) Claim {
	return Claim{Of: of, To: to, judge: func(r Rounds) Verdict {
		ratio := r.Ratio(of, to)
		return Verdict{
			Figure: rate(r.Median(of).Rate), Ratio: ratio,
			Target: fmt.Sprintf("≥ %.2f of %s", target, to), Holds: ratio >= target,
		}
	}}
}

// RateAtLeast claims an absolute rate.
func RateAtLeast(of string, target float64) Claim {
	return Claim{Of: of, judge: func(r Rounds) Verdict {
		measured := r.Median(of).Rate
		return Verdict{Figure: rate(measured), Target: "≥ " + rate(target), Holds: measured >= target}
	}}
}

// RateBelow claims that something happens seldom enough.
func RateBelow(of string, limit float64) Claim {
	return Claim{Of: of, judge: func(r Rounds) Verdict {
		measured := r.Median(of).Rate
		return Verdict{Figure: rate(measured), Target: "< " + rate(limit), Holds: measured < limit}
	}}
}

// P99Below claims that 99 of 100 operations take less than a time.
func P99Below(of string, limit time.Duration) Claim {
	return Claim{Of: of, judge: func(r Rounds) Verdict {
		measured := r.Median(of).P99
		return Verdict{Figure: "p99 " + latency(measured), Target: "p99 < " + latency(limit), Holds: measured < limit}
	}}
}

// P99NoWorse claims that a measure's 99th percentile is at most another's.
func P99NoWorse(of, than string) Claim {
	return Claim{Of: of, To: than, judge: func(r Rounds) Verdict {
		ratio := r.SlowerBy(of, than)
		return Verdict{
			Figure: "p99 " + latency(r.Median(of).P99), Ratio: ratio,
			Target: "p99 ≤ 1.00 of " + than, Holds: ratio <= 1,
		}
	}}
}

// MemoryBelow claims that a process never has more than so many bytes.
func MemoryBelow(of string, limit int64) Claim {
	return Claim{Of: of, judge: func(r Rounds) Verdict {
		measured := r.Median(of).Memory
		return Verdict{Figure: megabytes(measured), Target: "< " + megabytes(limit), Holds: measured > 0 && measured < limit}
	}}
}
