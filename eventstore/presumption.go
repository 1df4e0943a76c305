package eventstore

import "strings"

// trustAfter is how many keys of a kind have to be found without an event, one
// after the other, before the next are presumed to have none.
const trustAfter = 64

// maxKinds bounds what is remembered of kinds.
const maxKinds = 1_000

// presumption says of which keys that are not in memory a decision may presume
// that they have no event. Most that is cold is new: a seat that nobody has
// held, a user without holds. The database verifies what a group has presumed
// under the append lock, by one look into an index instead of a round trip of
// its own, so a wrong presumption costs time and never truth.
//
// It learns by kind, which is the part of a name before its first hyphen: a
// kind is trusted after a run of look-ups that found nothing, until it has once
// been wrong. It belongs to the cache, whose lock guards it.
type presumption struct {
	after int
	// runs count the look-ups of a kind that have found nothing since the last
	// that found something. Below 0 is a kind that was trusted and was wrong.
	runs map[key]int
}

func newPresumption(after int) presumption {
	return presumption{after: after, runs: map[key]int{}}
}

// allows reports whether a key may be presumed to have no event.
func (p *presumption) allows(k key) bool {
	return p.runs[kindOf(k)] >= p.after && nameFits(k.name, 1, maxStreamName)
}

// found notes what a look-up has found.
func (p *presumption) found(k key, empty bool) {
	kind := kindOf(k)
	run, known := p.runs[kind]
	switch {
	case !empty:
		run = 0
	case run < p.after:
		run++
	}
	if !known && len(p.runs) >= maxKinds {
		clear(p.runs)
	}
	p.runs[kind] = run
}

// wrong notes that some of these keys had been presumed wrongly.
func (p *presumption) wrong(keys []key) {
	for _, k := range keys {
		p.runs[kindOf(k)] = -1
	}
}

func kindOf(k key) key {
	kind, _, _ := strings.Cut(k.name, "-")
	return key{name: kind, tag: k.tag}
}
