package logcheck

import "slices"

// part is one event that an append still owes: its type and what it is about
// (a reservation with a seat, a payment or an admission).
type part struct {
	eventType string
	about     string
}

// openAppend is an append from its leading event on. Its parts follow at once,
// in any order, at the same recording time; until all are there no other
// event may stand in between.
type openAppend struct {
	lead record
	owed []part
}

// begin opens an append that is led by r.
func begin(r record) openAppend { return openAppend{lead: r} }

// owe adds a part and reports false if the append owes the same part already.
func (a *openAppend) owe(eventType, about string) bool {
	p := part{eventType, about}
	if slices.Contains(a.owed, p) {
		return false
	}
	a.owed = append(a.owed, p)
	return true
}

// admit requires that r may stand here: anything may follow an append that is
// complete, only parts may follow one that is not.
func (a *openAppend) admit(r record) error {
	switch r.eventType {
	case seatHeld, seatReleased, seatSold, walletDebited, admissionSpent:
		return nil // settle decides
	default:
		return a.complete(r)
	}
}

// settle ticks off the part that r is.
func (a *openAppend) settle(r record, about string) error {
	at := slices.Index(a.owed, part{r.eventType, about})
	if at < 0 {
		return r.breaks(RuleAtomic, "%s is no part of the append that was begun by %q at position %d",
			about, a.lead.eventType, a.lead.position)
	}
	if !r.recordedAt.Equal(a.lead.recordedAt) {
		return r.breaks(RuleAtomic, "recorded at %s, its append at %s", r.recordedAt, a.lead.recordedAt)
	}
	a.owed = slices.Delete(a.owed, at, at+1)
	return nil
}

// complete requires that nothing is owed when r, or the end of the log, comes.
func (a *openAppend) complete(r record) error {
	if len(a.owed) == 0 {
		return nil
	}
	return r.breaks(RuleAtomic, "the append begun by %s at position %d lacks %s of %s (%d missing)",
		a.lead.eventType, a.lead.position, a.owed[0].eventType, a.owed[0].about, len(a.owed))
}
