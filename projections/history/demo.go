package history

import (
	"container/heap"
	"slices"
	"time"

	"github.com/holdfast-dev/holdfast/domain"
	"github.com/holdfast-dev/holdfast/eventstore"
)

// Demo returns the history that docs/analytics.md asks its questions about:
// the first hour of an on-sale of three concerts, of which one is
// much too small for the crowd, one sells out in the end, and one does not.
// People come in a rush that fades, like seats in front, put in what they
// lack, pay within minutes, change their minds, or walk away.
//
// It is the same on every machine: whatever is drawn is a whole number.
func Demo() []eventstore.Event {
	d := &demo{Sale: New(2026)}
	d.Pass(45 * time.Minute)
	for _, show := range []struct {
		title string
		seats int
		draws int // how many of a hundred visitors come for it
	}{{"Songs of the Tide", 120, 45}, {"The Long Echo", 300, 35}, {"Quartet by Candlelight", 900, 20}} {
		night := d.Schedule(d.Announce(show.title), show.seats)
		d.shows = slices.Concat(d.shows, slices.Repeat([]domain.PerformanceID{night}, show.draws))
	}
	d.Pass(5 * time.Minute)
	d.crowd()
	d.run()
	return d.Events()
}

// demo lets people do things at times of their own.
type demo struct {
	*Sale

	shows []domain.PerformanceID
	plans plans
}

// plan is something that somebody does at a time; plans of one time are done
// in the order in which they were made.
type plan struct {
	at   time.Time
	made int
	do   func()
}

// crowd plans when people come: 260 in the first minute, an eighth less in
// each one that follows, down to 8.
func (d *demo) crowd() {
	coming := 260
	for minute := range 60 {
		for range max(coming, 8) {
			d.after(time.Duration(minute)*time.Minute+d.upTo(time.Minute), d.visit)
		}
		coming -= coming / 8
	}
}

// visit is somebody who comes, tries to hold seats, and goes on from there.
func (d *demo) visit() {
	user, show := domain.UserID(d.id()), d.shows[d.random.IntN(len(d.shows))]
	party := []int{1, 2, 2, 2, 2, 3, 4, 4}[d.random.IntN(8)]
	if hold, had := d.choose(user, show, party); had {
		d.decide(user, hold)
	} else if d.random.IntN(3) == 0 {
		d.GiveUp(user, d.byID[show].ConcertID)
	}
}

// choose tries for seats together that somebody likes, rather in front, then
// for the first ones there are, and then for one seat alone.
func (d *demo) choose(user domain.UserID, show domain.PerformanceID, party int) (domain.ReservationID, bool) {
	seats := d.byID[show].Seats.Count
	for range 3 {
		first := 1 + min(d.random.IntN(seats-party+1), d.random.IntN(seats-party+1))
		if hold, had := d.Hold(user, show, together(first, party)...); had {
			return hold, true
		}
	}
	for _, size := range []int{party, 1} {
		for first := 1; first+size <= seats+1; first++ {
			if hold, had := d.Hold(user, show, together(first, size)...); had {
				return hold, true
			}
		}
	}
	return "", false
}

func together(first, size int) []int {
	numbers := make([]int, size)
	for i := range numbers {
		numbers[i] = first + i
	}
	return numbers
}

// decide plans what somebody with a hold does about it.
func (d *demo) decide(user domain.UserID, hold domain.ReservationID) {
	swept := HoldLength + d.upTo(time.Second)
	d.after(swept, func() { d.Expire(hold) })
	thinking := 15*time.Second + d.upTo(40*time.Second) + d.upTo(40*time.Second)
	if d.random.IntN(5) == 0 {
		thinking += d.upTo(5 * time.Minute) // some of them think for too long
	}
	switch dice := d.random.IntN(100); {
	case dice < 8:
		d.after(thinking, func() { d.Cancel(hold) })
	case dice < 80:
		d.after(thinking/2, func() { d.topUp(user, d.reservations[hold].Price) })
		d.after(thinking, func() { d.Pay(hold, d.Turn()) })
	}
}

// topUp charges a wallet with what is missing, in notes of fifty.
func (d *demo) topUp(user domain.UserID, price domain.Money) {
	const note = 5_000
	if missing := price - d.balances[user]; missing > 0 {
		d.Charge(user, (missing+note-1)/note*note)
	}
}

func (d *demo) upTo(length time.Duration) time.Duration {
	return time.Duration(d.random.Int64N(length.Microseconds())) * time.Microsecond
}

func (d *demo) after(wait time.Duration, do func()) {
	at := d.now.Add(wait.Truncate(time.Microsecond))
	heap.Push(&d.plans, plan{at: at, made: d.plans.made, do: do})
}

// run carries out all plans, in the order of their times.
func (d *demo) run() {
	for len(d.plans.open) > 0 {
		next, _ := heap.Pop(&d.plans).(plan)
		d.now = next.at
		next.do()
	}
}

// plans is a heap by time.
type plans struct {
	open []plan
	made int
}

// Len implements [heap.Interface].
func (p *plans) Len() int { return len(p.open) }

// Less implements [heap.Interface].
func (p *plans) Less(i, j int) bool {
	if !p.open[i].at.Equal(p.open[j].at) {
		return p.open[i].at.Before(p.open[j].at)
	}
	return p.open[i].made < p.open[j].made
}

// Swap implements [heap.Interface].
func (p *plans) Swap(i, j int) { p.open[i], p.open[j] = p.open[j], p.open[i] }

// Push implements [heap.Interface].
func (p *plans) Push(x any) {
	next, _ := x.(plan)
	p.open = append(p.open, next)
	p.made++
}

// Pop implements [heap.Interface].
func (p *plans) Pop() any {
	last := len(p.open) - 1
	next := p.open[last]
	p.open = p.open[:last]
	return next
}
