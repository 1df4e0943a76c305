package logcheck

import (
	"fmt"
	"slices"
)

// part is one event that an append still owes: its type and what it is about.
// Fields that do not matter to the type are empty.
type part struct {
	eventType   string
	reservation string
	seat        int
	// detail is the reason of a release.
	detail    string
	payment   string
	user      string
	admission string
	concert   string
	amount    int64
	balance   int64
}

// String names the part for a person.
func (p part) String() string {
	switch p.eventType {
	case walletDebited:
		return fmt.Sprintf("reservation %s, payment %s, user %s, amount %d, balance %d",
			p.reservation, p.payment, p.user, p.amount, p.balance)
	case admissionSpent:
		return fmt.Sprintf("admission %s, user %s, concert %s, payment %s", p.admission, p.user, p.concert, p.payment)
	case seatSold:
		return fmt.Sprintf("reservation %s, seat %d, payment %s", p.reservation, p.seat, p.payment)
	case seatReleased:
		return fmt.Sprintf("reservation %s, seat %d, %s", p.reservation, p.seat, p.detail)
	default:
		return fmt.Sprintf("reservation %s, seat %d", p.reservation, p.seat)
	}
}

// openAppend is an append from its leading event on. Its parts follow at once,
// in any order, at the same recording time; until all are there no other
// event may stand in between.
type openAppend struct {
	lead record
	// held is the reservation that the append is about.
	held reservationState
	owed []part
}

// begin opens an append about a reservation that is led by r.
func (a *openAppend) begin(r record, held reservationState) {
	a.lead, a.held, a.owed = r, held, a.owed[:0]
}

// owe adds a part and reports false if the append owes the same part already.
func (a *openAppend) owe(p part) bool {
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
func (a *openAppend) settle(r record, p part) error {
	p.eventType = r.eventType
	at := slices.Index(a.owed, p)
	if at < 0 {
		return r.breaks(RuleAtomic, "%s is no part of the append that was begun by %q at position %d",
			p, a.lead.eventType, a.lead.position)
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
		a.lead.eventType, a.lead.position, a.owed[0].eventType, a.owed[0], len(a.owed))
}
