package bench

import (
	"context"
	"slices"
	"time"
)

// Measure is one way of loading the system. It is run once in each round.
type Measure struct {
	// Name tells it from the others of its section: "64 callers, cold".
	Name string
	// Run loads the system for about the given length and says what came of it.
	Run func(ctx context.Context, length time.Duration) (Sample, error)
}

// Section is a set of measures that are run in turn, and what is claimed of
// them.
type Section struct {
	Title string
	// Open prepares what the measures need. Its Measures are run in their
	// order in each round; Close is called after the last one, also if one
	// has failed, and may be nil.
	Open func(ctx context.Context) (Opened, error)
	// Claims refer to the measures by name. If none refers to the plan's baseline
	// it is left out, and the others are compared with the first measure.
	Claims []Claim
}

// comparesWith reports whether a claim is about the relation to a measure.
func (s Section) comparesWith(measure string) bool {
	return slices.ContainsFunc(s.Claims, func(c Claim) bool { return c.To == measure })
}

// Opened is a section that is ready to be measured.
type Opened struct {
	Measures []Measure
	// Remark is asked once, after the last round, for what no rate says. It
	// may be nil.
	Remark func(ctx context.Context) (string, error)
	Close  func() error
}
