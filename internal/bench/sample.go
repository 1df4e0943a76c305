package bench

import (
	"slices"
	"time"
)

// Sample is what one round of one measure came to.
type Sample struct {
	// Rate is operations a second.
	Rate float64 `json:"rate"`
	// P50 and P99 are how long an operation took, 0 where that means nothing.
	P50 time.Duration `json:"p50Nanoseconds,omitempty"`
	P99 time.Duration `json:"p99Nanoseconds,omitempty"`
	// Memory is the most bytes that a process of its own had, 0 for none.
	Memory int64 `json:"memoryBytes,omitempty"`
}

// Rounds are the samples of each measure, by its name, in the order of the
// rounds.
type Rounds map[string][]Sample

// median returns the middle of what of yields for each sample of a measure:
// the lower one of two, 0 if there is none.
func median[T int64 | float64](samples []Sample, of func(Sample) T) T {
	values := make([]T, 0, len(samples))
	for _, s := range samples {
		values = append(values, of(s))
	}
	return middle(values)
}

func most(samples []Sample, of func(Sample) int64) (value int64) {
	for _, s := range samples {
		value = max(value, of(s))
	}
	return value
}

func middle[T int64 | float64](values []T) T {
	if len(values) == 0 {
		return 0
	}
	slices.Sort(values)
	return values[(len(values)-1)/2]
}

// Median returns the sample whose every figure is the median of that figure,
// but for the memory, which is the most.
func (r Rounds) Median(measure string) Sample {
	samples := r[measure]
	return Sample{
		Rate: median(samples, func(s Sample) float64 { return s.Rate }),
		P50:  time.Duration(median(samples, func(s Sample) int64 { return int64(s.P50) })),
		P99:  time.Duration(median(samples, func(s Sample) int64 { return int64(s.P99) })),
		// The most is what a machine must have.
		Memory: most(samples, func(s Sample) int64 { return s.Memory }),
	}
}

// Ratio returns the median over the rounds of how many times the rate of one
// measure is that of another. Rounds of which either is missing do not count.
func (r Rounds) Ratio(of, to string) float64 {
	return r.ratio(of, to, func(s Sample) float64 { return s.Rate })
}

// SlowerBy returns the same for the 99th percentile of their latencies.
func (r Rounds) SlowerBy(of, to string) float64 {
	return r.ratio(of, to, func(s Sample) float64 { return float64(s.P99) })
}

func (r Rounds) ratio(of, to string, figure func(Sample) float64) float64 {
	var ratios []float64
	for i := range min(len(r[of]), len(r[to])) {
		if below := figure(r[to][i]); below > 0 {
			ratios = append(ratios, figure(r[of][i])/below)
		}
	}
	return middle(ratios)
}
