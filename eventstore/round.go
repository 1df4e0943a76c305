package eventstore

import (
	"errors"
	"math"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// nowhere is the end of the log for a writer that has just connected.
var nowhere = end{position: math.MaxInt64}

// connect makes sure that the writer is connected.
func (w *Writer[S]) connect() error {
	renewed, err := w.link.connect()
	if renewed {
		w.head = nowhere
	}
	return err
}

// answer gives every command of a batch its verdict, taking the append lock
// before anything is decided; see round for what is exact.
func (w *Writer[S]) answer(batch []*pending[S], exact bool) {
	for len(batch) > 0 {
		batch, exact = w.round(batch, exact)
	}
}

// round writes one group of a batch under the lock and returns the commands
// that still need a verdict. It takes the lock first, learns what others have
// appended, and decides again what that affects.
//
// An exact round decides by the time that the database tells under the lock and
// records at that time, so that it cannot be untimely. Commands that come while
// the writer waits for the lock join the group otherwise; they may be younger
// than that time. The answer asks for an exact round where it did not do.
func (w *Writer[S]) round(batch []*pending[S], exact bool) (rest []*pending[S], untimely bool) {
	started := time.Now()
	m, err := w.enter()
	if err != nil {
		w.isolate(batch, err)
		return nil, false
	}
	if !exact {
		batch = w.gather(batch)
	}
	g := w.newGroup(w.log.Clock())
	g.way = Locked
	if exact {
		g.now, g.exact = m.at, true
	}
	for _, p := range batch {
		g.add(p)
	}
	proposal := g.proposal(m.head)
	if exact {
		proposal.at = m.at
	}
	o, at, err := w.link.leave(&proposal)
	switch {
	case err != nil:
		w.isolate(batch, err)
		return nil, false
	case o == outcomeDone:
		w.confirm(g, started, at)
		return settleRepeated(g.later, g), false
	default:
		return w.retry(o, g), o == outcomeUntimely
	}
}

// enter takes the append lock and brings the writer's memory up to the head of
// the log. leave must follow.
func (w *Writer[S]) enter() (moved, error) {
	if err := w.connect(); err != nil {
		return moved{}, err
	}
	m, err := w.link.enter(w.head)
	if err == nil {
		w.catchUp(m)
		w.company.wrote()
	}
	return m, err
}

// retry returns the commands of a group that was not recorded and need a verdict
// still, after it has done what the outcome asks for.
func (w *Writer[S]) retry(o outcome, g *group[S]) []*pending[S] {
	batch := g.unsettled()
	switch o {
	case outcomeRepeated:
		rest, err := w.replay(batch)
		if err != nil {
			fail(batch, err)
		}
		return rest
	case outcomeNotEmpty:
		w.cache.disproved(g.presumed)
		return askToLook(batch)
	default:
		// Moved: others write too. Untimely: decided on an estimate of the time
		// that was off by a little; under the lock the time is known.
		return batch
	}
}

// askToLook sends the commands that have presumed something back to look it up,
// and returns the others.
func askToLook[S State](batch []*pending[S]) (rest []*pending[S]) {
	for _, p := range batch {
		if presumed := p.tx.presumed(); len(presumed) > 0 {
			p.settle(verdict{missing: presumed})
		} else {
			rest = append(rest, p)
		}
	}
	return rest
}

// catchUp brings the writer's memory up to the head of the log.
func (w *Writer[S]) catchUp(m moved) {
	w.company.found(len(m.tail))
	if m.whole {
		w.cache.apply(m.tail)
	} else {
		// Too far behind, or the log is not the one we knew: restored, or
		// failed over to a server that had not heard the last of it.
		w.cache.clear()
	}
	w.moveTo(m.head, m.at)
}

// moveTo notes how far the log reaches and what time it is there.
func (w *Writer[S]) moveTo(head end, at time.Time) {
	w.head = head
	w.log.clock.set(at)
	w.log.signal.advance(head.position)
}

// confirm makes a group that was recorded at a time part of the writer's memory,
// answers its members, and reports it.
func (w *Writer[S]) confirm(g *group[S], started, at time.Time) {
	for i := range g.events {
		g.events[i].RecordedAt = at
	}
	w.cache.verified(g.presumed, w.head.position)
	w.cache.apply(g.events)
	head := w.head
	if n := len(g.events); n > 0 {
		head = end{position: g.events[n-1].Position, at: at}
	}
	w.moveTo(head, at)
	for _, m := range g.members {
		if m.refusal != nil {
			m.settle(verdict{err: m.refusal})
			continue
		}
		m.settle(verdict{receipt: Receipt{Events: g.eventsOf(m)}})
	}
	w.report(g, started)
}

// isolate answers a batch that has failed. If the database has refused it for
// what is in it, the commands are tried one by one, so that the fault of one is
// not the others'. Any other error concerns all of them.
func (w *Writer[S]) isolate(batch []*pending[S], err error) {
	refusal, ok := errors.AsType[*pgconn.PgError](err)
	if !ok || passing(refusal.Code) {
		fail(batch, err)
		return
	}
	if len(batch) == 1 {
		// Memory may be at the bottom of it.
		for _, r := range batch[0].tx.reads {
			w.cache.forget(r.key)
		}
		fail(batch, err)
		return
	}
	for _, p := range batch {
		if !p.settled {
			w.answerExactly(p)
		}
	}
}

// answerExactly is answer for a command that nobody joins.
func (w *Writer[S]) answerExactly(p *pending[S]) {
	for batch := []*pending[S]{p}; len(batch) > 0; {
		batch, _ = w.round(batch, true)
	}
}

// fail gives every command of a batch the same error.
func fail[S State](batch []*pending[S], err error) {
	for _, p := range batch {
		p.settle(verdict{err: err})
	}
}
