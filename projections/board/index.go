package board

import (
	"cmp"
	"maps"
	"slices"

	"github.com/holdfast-dev/holdfast/domain"
	"github.com/holdfast-dev/holdfast/projections/sale"
)

// index finds concerts and performances. Readers share it, so it is never
// changed: an announcement makes another one.
type index struct {
	concerts  []sale.Concert
	byConcert map[domain.ConcertID]entry
	seats     map[domain.PerformanceID]*sale.Seats
}

type entry struct {
	concert sale.Concert
	// performances are ordered by date and start.
	performances []*sale.Seats
}

func emptyIndex() *index {
	return &index{byConcert: make(map[domain.ConcertID]entry), seats: make(map[domain.PerformanceID]*sale.Seats)}
}

// clone returns an index that may be added to.
func (x *index) clone() *index {
	return &index{
		concerts:  slices.Clone(x.concerts),
		byConcert: maps.Clone(x.byConcert),
		seats:     maps.Clone(x.seats),
	}
}

func (x *index) addConcert(c sale.Concert) {
	x.concerts = append(x.concerts, c)
	x.byConcert[c.ID] = entry{concert: c}
}

// addPerformance reports false if there is no such concert.
func (x *index) addPerformance(seats *sale.Seats) bool {
	p := seats.Performance()
	e, found := x.byConcert[p.ConcertID]
	if !found {
		return false
	}
	at, _ := slices.BinarySearchFunc(e.performances, seats, byStart)
	e.performances = slices.Insert(slices.Clone(e.performances), at, seats)
	x.byConcert[p.ConcertID] = e
	x.seats[p.ID] = seats
	return true
}

// byStart orders performances by local date, start and id, which leaves no tie.
func byStart(a, b *sale.Seats) int {
	p, q := a.Performance(), b.Performance()
	return cmp.Or(cmp.Compare(p.Date, q.Date), p.StartsAt.Compare(q.StartsAt), cmp.Compare(p.ID, q.ID))
}
