package eventstore

import (
	"runtime"
	"time"
)

// run is the writing goroutine, until the writer is closed and nothing waits.
//
// While groups are in flight the next is decided, so that the database never
// waits for decisions. Commands that touch what is in flight stand on it where
// its state is known for sure, and fall with it; else they wait until it has
// landed. See group.mustWait.
func (w *Writer[S]) run() {
	defer close(w.stopped)
	defer w.link.close()
	defer w.loader.close()
	var flying []*flight[S]
	open := w.openBehind(nil)
	for {
		switch {
		case len(flying) == 0 && open.empty():
			p := w.next()
			if p == nil {
				return
			}
			if w.company.disputed() {
				w.answer(w.gather([]*pending[S]{p}), false)
				continue
			}
			open.add(p)
		case w.mayLaunch(flying, open):
			w.fill(open)
			flying, open = w.launch(flying, open)
		default:
			select {
			case p := <-w.whileInFlight(flying, open):
				open.add(p)
			case <-flying[0].exchange.answered:
				flying, open = w.land(flying, open)
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

// whileInFlight is the queue as long as commands behind those in flight can be
// decided.
func (w *Writer[S]) whileInFlight(flying []*flight[S], open *group[S]) <-chan *pending[S] {
	if flying[len(flying)-1].proposal.placed {
		return nil // they will stand on what others append as well
	}
	return w.whileRoom(open)
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
	if w.whileRoom(open) == nil {
		return
	}
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

// report tells whoever keeps figures of a group that was written.
func (w *Writer[S]) report(g *group[S], started time.Time) {
	w.opts.OnGroup(GroupStats{
		Commands: len(g.members), Events: len(g.events),
		Duration: time.Since(started), Way: g.way,
	})
}
