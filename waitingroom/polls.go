package waitingroom

import (
	"math"
	"time"
)

// polls is how often places are looked at.
type polls struct {
	shortest, perPlace, longest time.Duration
}

func (o Options) polls() polls {
	return polls{shortest: o.MinPoll, perPlace: o.PollPerPlace, longest: o.MaxPoll}
}

// after is the poll interval of a number with so many ahead. It grows with the
// distance, is at most half of the expected wait, so that nobody sleeps
// through the turn, and differs by up to a tenth from neighbour to neighbour,
// so that a crowd does not come back all at once.
func (p polls) after(ahead int64, wait time.Duration, number int64) time.Duration {
	after := min(p.bound(ahead), max(p.shortest, wait/2))
	return after - after*time.Duration(number*7919%16)/160
}

// bound is the longest poll interval at a distance.
func (p polls) bound(ahead int64) time.Duration {
	if ahead > math.MaxInt32 {
		return p.longest
	}
	return min(p.longest, p.shortest+time.Duration(ahead)*p.perPlace)
}

// patience is how long after a loss somebody is waited for who stood next in
// line, how much longer with each place behind that, and at most: twice the
// poll interval that they had, and a margin.
func (p polls) patience() (first, perPlace, longest time.Duration) {
	return 2*p.shortest + patienceMargin, 2 * p.perPlace, 2*p.longest + patienceMargin
}
