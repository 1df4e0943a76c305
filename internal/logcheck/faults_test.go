package logcheck

import (
	"testing"
	"time"
)

// plantedFault is a log in which exactly one rule is broken, by its last
// event or by what is missing after it.
type plantedFault struct {
	name  string
	rule  Rule
	plant func(d *draft, held hold)
}

// runFaults drafts a log in which user u1 has 100,000 in the wallet and holds
// seats 1 and 2 as r1, plants each fault and requires that it is caught.
func runFaults(t *testing.T, faults []plantedFault) {
	t.Helper()
	for _, fault := range faults {
		t.Run(fault.name, func(t *testing.T) {
			t.Parallel()
			d := newDraft(t)
			d.schedule()
			d.charge("ch1", 100_000, 100_000)
			held := d.hold("r1", "u1", 1, 2)
			d.later(time.Second)
			fault.plant(d, held)
			requireFault(t, d, fault.rule, d.last().position)
		})
	}
}
