package eventstore

import "time"

// proposal is a group as the database gets it: what it relies on, and the
// events that are recorded if all of that is so.
type proposal struct {
	// known is the end of the log that the group was decided on.
	known end
	// keys are those of all commands, the refused ones too.
	keys [][16]byte
	// empty are the keys that were taken to have no event, unread, as far as the
	// events do not say so themselves.
	empty []key
	// begins reports that some of the events are the first of a stream that was
	// taken to have none. The unique index objects if it has.
	begins bool
	// The span of time in which every decision is right; zero bounds are open.
	from, until time.Time
	// events are what is added behind known, with their positions.
	events []Event
	// leads are the events that carry their command's key.
	leads []lead
	// at is when the events are recorded, zero for the store's time when they
	// arrive there.
	at time.Time
	// placed reports that the database gives the events their positions, behind
	// whatever others have appended behind known, unless that has changed one of
	// reads.
	placed bool
	reads  []key
}

// lead says that an event is the first of a keyed command.
type lead struct {
	event int // index into the proposal's events
	key   Key
	size  int // events of the command
}

// proposal lays the group out behind the end of the log and gives its events
// their positions.
func (g *group[S]) proposal(known end) proposal {
	g.place(known.position)
	p := proposal{known: known, keys: g.keys, from: g.from, until: g.until, events: g.events}
	for _, k := range g.presumed {
		// It may also be written on what a look-up has found meanwhile: then the
		// index knows nothing against it, and it must be verified all the same.
		if s, written := g.staged[k]; written && !k.tag && s.base == 0 {
			p.begins = true
		} else {
			p.empty = append(p.empty, k)
		}
	}
	for _, m := range g.members {
		if m.count > 0 && m.keyed() {
			p.leads = append(p.leads, lead{event: m.first, key: m.cmd.Key, size: m.count})
		}
	}
	return p
}

// last is the position of the log's last event with the proposal in it.
func (p *proposal) last() Position { return p.known.position + Position(len(p.events)) }

// includes reports whether a time lies within the span of the proposal.
func (p *proposal) includes(at time.Time) bool {
	return !at.Before(p.from) && (p.until.IsZero() || at.Before(p.until))
}
