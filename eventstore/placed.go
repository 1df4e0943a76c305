package eventstore

import (
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgproto3"
)

// In company a writer rarely knows where the log ends, but mostly nobody has
// changed what its group was decided on. So it lets the database put the group
// wherever the log ends, as long as that is so. One round trip does it, and the
// append lock is held for no longer than alone.

// placedProposal lays the group out for the database to place, behind the end of
// the log that it was decided on or a later one.
func (g *group[S]) placedProposal(known end) proposal {
	g.way = Placed
	p := g.proposal(known)
	p.placed, p.reads = true, g.reads()
	return p
}

// reads returns the keys whose state the group relies on as the writer knows it:
// what its members have read, and the tags that they write, because memory of a
// tag is worth nothing unless it has its events in order. What they have
// presumed is not among them: the database verifies that by itself.
func (g *group[S]) reads() []key {
	var keys []key
	for _, m := range g.members {
		for i := range m.tx.reads {
			if !m.tx.reads[i].presumed {
				keys = append(keys, m.tx.reads[i].key)
			}
		}
	}
	for k := range g.staged {
		if _, presumed := g.isPresumed[k]; k.tag && !presumed {
			keys = append(keys, k)
		}
	}
	slices.SortFunc(keys, func(a, b key) int { return strings.Compare(a.name, b.name) })
	return slices.Compact(keys)
}

// beforePlaced reads what others have appended between the end that was known
// and the group that this session has placed last.
const beforePlaced = `
SELECT ` + columns + ` FROM holdfast.events
WHERE position > $1 AND position <= nullif(current_setting('holdfast.placed_behind', true), '')::bigint
ORDER BY position`

// place sends a proposal for the database to place, and a question for what it
// was placed behind, in one round trip. The second answer means something only
// if the first is that it is recorded.
func (l *link) place(p *proposal) (placed, before *exchange) {
	placed = l.append(p, nil)
	before = l.dispatch(placed, func(message []byte) ([]byte, error) {
		message, err := appendExecute(message, readBefore, wireInt(int64(p.known.position)))
		if err == nil {
			message, err = (&pgproto3.Sync{}).Encode(message)
		}
		return message, err
	})
	return placed, before
}

// settleBehind settles a group that the database has placed behind events of
// others, of which the writer's memory is told first, and returns the open group
// on that footing.
func (w *Writer[S]) settleBehind(f *flight[S], at time.Time, open *group[S]) *group[S] {
	w.company.placed(true)
	m := moved{tail: f.before.events, head: w.head, at: at}
	if n := len(m.tail); n > 0 {
		m.head = end{position: m.tail[n-1].Position, at: m.tail[n-1].RecordedAt}
	}
	m.whole = m.head.position == f.exchange.head && Position(len(m.tail)) == m.head.position-w.head.position
	if !m.whole {
		m.head = end{position: f.exchange.head} // when it was recorded is not known
	}
	w.catchUp(m)
	f.group.place(f.exchange.head)
	w.confirm(f.group, f.launched, at)
	if f.broken() {
		w.link.drop()
	}
	return w.reopen(nil, settleRepeated(open.unsettled(), f.group))
}

// notPlaced returns what to do about a group that the database would not place.
// A stream that was taken to have no event has perhaps been given one by what
// others have just appended, which is no reason to presume less. Under the lock
// the writer is told, and then knows.
func (w *Writer[S]) notPlaced(o outcome) outcome {
	if o == outcomeMoved || o == outcomeNotEmpty {
		w.company.placed(false)
		return outcomeMoved
	}
	return o
}
