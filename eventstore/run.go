package eventstore

import (
	"runtime"
	"slices"
	"time"
)

// flight is a group on its way to the database.
type flight[S State] struct {
	group    *group[S]
	launched time.Time
	landed   chan landing
}

type landing struct {
	outcome outcome
	at      time.Time
	err     error
}

// run is the writing goroutine, until the writer is closed and nothing waits.
//
// While one group is in flight the next is decided, so that the database never
// waits for decisions. Commands that touch what is in flight wait until it has
// landed: a decision is only ever based on what is known to be recorded, or on
// its own group.
func (w *Writer[S]) run() {
	defer close(w.stopped)
	defer w.link.close()
	defer w.loader.close()
	var flying *flight[S]
	open := w.openBehind(nil)
	for {
		switch {
		case flying == nil && open.empty():
			p := w.next()
			if p == nil {
				return
			}
			if w.company.present() {
				w.answer(w.gather([]*pending[S]{p}), false)
				continue
			}
			open.add(p)
		case flying == nil:
			w.fill(open)
			flying, open = w.launch(open)
		default:
			select {
			case p := <-w.whileRoom(open):
				open.add(p)
			case l := <-flying.landed:
				open = w.land(flying, l, open)
				flying = nil
			}
		}
	}
}

// next waits for a command. It returns nil when the writer is closed and nobody
// waits for an answer any more.
func (w *Writer[S]) next() *pending[S] {
	select {
	case p := <-w.queue:
		return p
	case <-w.callers.gone:
		return nil
	}
}

// whileRoom is the queue as long as the group has room.
func (w *Writer[S]) whileRoom(open *group[S]) <-chan *pending[S] {
	if open.size() >= w.opts.GroupLimit || open.full() {
		return nil
	}
	return w.queue
}

// gather adds whatever waits to a batch.
func (w *Writer[S]) gather(batch []*pending[S]) []*pending[S] {
	if len(batch) >= w.opts.GroupLimit {
		return batch
	}
	w.drain(func(p *pending[S]) bool {
		batch = append(batch, p)
		return len(batch) < w.opts.GroupLimit
	})
	return batch
}

// fill adds whatever waits to a group.
func (w *Writer[S]) fill(open *group[S]) {
	w.drain(func(p *pending[S]) bool {
		open.add(p)
		return w.whileRoom(open) != nil
	})
}

// drain hands over what waits until take has enough or the queue is empty even
// after those who are about to submit had a turn. Yielding twice costs a
// microsecond and makes groups larger when many callers have just been
// answered.
func (w *Writer[S]) drain(take func(*pending[S]) (more bool)) {
	for yields := 0; ; {
		select {
		case p := <-w.queue:
			if !take(p) {
				return
			}
			continue
		default:
		}
		if yields == 2 {
			return
		}
		yields++
		runtime.Gosched()
	}
}

// openBehind opens a group for what is decided while another is in flight.
func (w *Writer[S]) openBehind(flying *group[S]) *group[S] {
	g := w.newGroup(w.log.Clock())
	g.ahead = flying
	return g
}

// launch sends a group off and opens the next. Where that is not possible,
// because the connection is new or other processes write too, it answers the
// group's commands before it returns.
func (w *Writer[S]) launch(g *group[S]) (*flight[S], *group[S]) {
	if err := w.connect(); err != nil {
		fail(g.unsettled(), err)
		return nil, w.openBehind(nil)
	}
	if w.company.present() || w.head == nowhere {
		w.answer(g.unsettled(), false)
		return nil, w.openBehind(nil)
	}
	if len(g.members) == 0 {
		return nil, w.openBehind(nil)
	}
	p := g.proposal(w.head)
	f := &flight[S]{group: g, launched: time.Now(), landed: make(chan landing, 1)}
	go func() {
		o, at, err := w.link.append(&p)
		f.landed <- landing{outcome: o, at: at, err: err}
	}()
	return f, w.openBehind(g)
}

// land settles a group that has come back, and returns the open group on the
// footing of what is known then.
func (w *Writer[S]) land(f *flight[S], l landing, open *group[S]) *group[S] {
	g := f.group
	if l.err == nil && l.outcome == outcomeDone {
		w.confirm(g, l.at)
		w.report(g, f.launched)
		waited := slices.Concat(g.later, open.later)
		open.ahead, open.later = nil, nil
		for _, p := range settleRepeated(waited, g) {
			open.add(p)
		}
		return open
	}
	if l.err != nil {
		w.isolate(g.unsettled(), l.err)
	} else {
		if l.outcome == outcomeMoved {
			w.company.found(1)
		}
		w.answer(w.retry(l.outcome, g), l.outcome == outcomeUntimely)
	}
	next := w.openBehind(nil)
	for _, p := range open.unsettled() {
		next.add(p)
	}
	return next
}

// report tells whoever keeps figures of a group that was written.
func (w *Writer[S]) report(g *group[S], started time.Time) {
	w.opts.OnGroup(GroupStats{
		Commands: len(g.members), Events: len(g.events),
		Duration: time.Since(started), Company: w.company.present(),
	})
}
