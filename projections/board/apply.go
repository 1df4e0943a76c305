package board

import (
	"github.com/holdfast-dev/holdfast/domain/admission"
	"github.com/holdfast-dev/holdfast/domain/concert"
	"github.com/holdfast-dev/holdfast/domain/performance"
	"github.com/holdfast-dev/holdfast/domain/seat"
	"github.com/holdfast-dev/holdfast/domain/user"
	"github.com/holdfast-dev/holdfast/eventstore"
	"github.com/holdfast-dev/holdfast/projections"
)

// name is what the board is called in errors.
const name = "board"

var categories = []string{concert.Category, performance.Category, seat.Category, admission.Category, user.Category}

// Apply folds the next events of the log, in position order, and shows what
// they add up to: of one call all of a performance's changes or none. It is for
// one goroutine at a time, which is that of [Board.Run] once that has begun.
// Events up to the board's position are skipped. At an event that it cannot
// understand it stops with a [*projections.BadEventError]; what comes before
// has been applied.
func (b *Board) Apply(events []eventstore.Event) error {
	for len(events) > 0 && events[0].Position <= b.Position() {
		events = events[1:]
	}
	p := newPage(b.index.Load())
	count, bad := projections.Fold(name, categories, p, events)
	if count > 0 {
		b.show(p)
		b.progress.reach(events[count-1].Position)
	}
	if bad != nil {
		return bad
	}
	return nil
}

// show makes what a page has gathered visible.
func (b *Board) show(p *page) {
	p.showSeats()
	b.index.Store(p.index)
	b.over.add(p.over...)
	for _, e := range p.forgotten {
		veil := b.veil.Load().Over(e)
		b.veil.Store(&veil)
	}
	b.alarm.ring()
}
