package eventstore

import (
	"slices"
	"time"
)

// flight is a group on its way to the database.
type flight[S State] struct {
	group    *group[S]
	proposal proposal
	launched time.Time
	exchange *exchange
	// before asks what others have appended before a group that the database
	// places. It is nil for one that is sent alone.
	before *exchange
}

// back returns when everything that was asked has been answered.
func (f *flight[S]) back() {
	<-f.exchange.answered
	if f.before != nil {
		<-f.before.answered
	}
}

// broken reports whether the connection is of no more use.
func (f *flight[S]) broken() bool {
	return f.exchange.err != nil || f.before != nil && f.before.err != nil
}

// inFlight is how many groups may be on their way: one that the database works
// on, and one that waits there, so that it need not wait for the client.
const inFlight = 2

// worthSending is a group that is large enough to be sent behind any other: what
// a group costs by itself is little then against what its commands cost.
const worthSending = 64

// mayLaunch reports whether the open group should go now. Behind another it goes
// when it has half as many commands: had it to be as large, the database would
// often run dry, and small groups cost it more a command.
func (w *Writer[S]) mayLaunch(flying []*flight[S], open *group[S]) bool {
	switch len(flying) {
	case 0:
		return true
	case inFlight:
		return false
	}
	last := flying[len(flying)-1]
	if w.company.present() || last.proposal.placed {
		return false // nobody knows where the group behind it would stand
	}
	return len(open.members) >= min((len(last.group.members)+1)/2, worthSending)
}

// openBehind opens a group for what is decided while others are in flight.
func (w *Writer[S]) openBehind(flying []*flight[S]) *group[S] {
	g := w.newGroup(w.log.Clock())
	g.ahead = groupsOf(flying)
	return g
}

// launch sends a group off behind those in flight and opens the next. Where
// that is not possible, because the connection is new or other processes change
// what groups are decided on, it answers the group's commands before it returns.
func (w *Writer[S]) launch(flying []*flight[S], g *group[S]) ([]*flight[S], *group[S]) {
	if len(flying) == 0 {
		if err := w.connect(); err != nil {
			fail(g.unsettled(), err)
			return nil, w.openBehind(nil)
		}
		if w.company.disputed() || w.head == nowhere {
			w.answer(g.unsettled(), false)
			return nil, w.openBehind(nil)
		}
	}
	if len(g.members) == 0 {
		return flying, w.reopen(flying, g.later)
	}
	flying = append(flying, w.send(flying, g))
	later := g.later
	g.later = nil
	return flying, w.reopen(flying, later)
}

// send puts a group on its way behind those in flight. In company there is none.
func (w *Writer[S]) send(flying []*flight[S], g *group[S]) *flight[S] {
	f := &flight[S]{group: g, launched: time.Now()}
	if w.company.present() {
		f.proposal = g.placedProposal(w.head)
		f.exchange, f.before = w.link.place(&f.proposal)
		return f
	}
	f.proposal = g.proposal(w.headBehind(flying))
	var behind *exchange
	if n := len(flying); n > 0 {
		behind = flying[n-1].exchange
	}
	f.exchange = w.link.append(&f.proposal, behind)
	return f
}

// headBehind is the end of the log when those in flight will have been recorded.
func (w *Writer[S]) headBehind(flying []*flight[S]) end {
	for _, f := range slices.Backward(flying) {
		if len(f.group.events) > 0 {
			return end{position: f.proposal.last(), ours: true}
		}
	}
	return w.head
}

// reopen opens a group behind those in flight, with commands that have waited.
func (w *Writer[S]) reopen(flying []*flight[S], waited []*pending[S]) *group[S] {
	next := w.openBehind(flying)
	for _, p := range waited {
		next.add(p)
	}
	return next
}

// land settles the first group in flight when it is back, and returns those
// that still fly and the open group on the footing of what is known then.
func (w *Writer[S]) land(flying []*flight[S], open *group[S]) ([]*flight[S], *group[S]) {
	f, flying := flying[0], flying[1:]
	f.back()
	w.link.heard = time.Now()
	o, at, err := f.proposal.judge(f.exchange)
	if err != nil || o != outcomeDone {
		w.crash(f, flying)
		return nil, w.reopen(nil, open.unsettled())
	}
	if f.proposal.placed {
		return nil, w.settleBehind(f, at, open)
	}
	w.confirm(f.group, f.launched, at)
	// What is behind it stands on the writer's memory now.
	for _, g := range append(groupsOf(flying), open) {
		g.ahead = slices.Delete(g.ahead, 0, 1) // which lets go of it
	}
	waited := open.later
	open.later = nil
	for _, p := range settleRepeated(waited, f.group) {
		open.add(p)
	}
	return flying, open
}

// crash answers the commands of a group that was not recorded, and of those in
// flight behind it.
func (w *Writer[S]) crash(first *flight[S], behind []*flight[S]) {
	crashed := []*flight[S]{first}
	broken := first.broken()
	for _, f := range behind {
		// Nothing else can be asked over the connection until all are back.
		f.back()
		broken = broken || f.broken()
		if o, at, err := f.proposal.judge(f.exchange); err == nil && o == outcomeDone {
			// Those ahead had no event, so it does not rely on them.
			w.confirm(f.group, f.launched, at)
			continue
		}
		crashed = append(crashed, f)
	}
	if broken {
		w.link.drop()
	}
	for _, f := range crashed {
		o, _, err := f.proposal.judge(f.exchange)
		switch {
		case err != nil:
			w.isolate(f.group.unsettled(), err)
		case o == outcomeMoved && f.proposal.known.ours:
			w.answer(f.group.unsettled(), false) // with those that it stood on
		default:
			if f.proposal.placed {
				o = w.notPlaced(o)
			}
			if o == outcomeMoved {
				w.company.found(1)
			}
			w.answer(w.retry(o, f.group), o == outcomeUntimely)
		}
	}
}

func groupsOf[S State](flights []*flight[S]) []*group[S] {
	groups := make([]*group[S], 0, len(flights)+1)
	for _, f := range flights {
		groups = append(groups, f.group)
	}
	return groups
}
