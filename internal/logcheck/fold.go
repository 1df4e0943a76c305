package logcheck

import (
	"errors"
	"time"
)

// fold carries what the events so far add up to. It is fed one event after
// the other and stops at the first fault. It remembers what is alive: holds
// that have not ended, and a bit for each seat that is sold. What is over is
// told from what never was by the event's version in its stream, and that
// versions are what they should be is left to the ledger.
type fold struct {
	structure

	ledger *ledger
	last   record
	// open is the append that the latest leading event began.
	open openAppend

	performances map[string]*performanceState
	seats        map[seatKey]seatState
	reservations map[string]reservationState

	counts            Figures
	moneyIn, moneyOut sum
}

// newFold makes a fold for a log of about so many events.
func newFold(events int64) *fold {
	return &fold{
		ledger:       newLedger(events),
		performances: map[string]*performanceState{},
		seats:        map[seatKey]seatState{},
		reservations: map[string]reservationState{},
	}
}

// add checks one more event, the next in position order. What it finds may be
// preceded by what the ledger finds at the end.
func (f *fold) add(r record) error {
	if err := f.structure.add(r); err != nil {
		return err
	}
	if err := f.note(r); err != nil {
		return err
	}
	if err := f.open.admit(r); err != nil {
		return err
	}
	if r.position == 1 {
		f.counts.From = r.recordedAt
	}
	f.last = r
	return f.apply(r)
}

// note writes down for the ledger what every event has.
func (f *fold) note(r record) error {
	if r.commandID != nil {
		f.counts.Commands++
		if err := f.ledger.once(digests, r.commandID[:], r.position); err != nil {
			return err
		}
	}
	return f.ledger.add(versions, r.stream, r.position, 1, r.version)
}

// apply holds the event against the rules of its type.
func (f *fold) apply(r record) error {
	switch r.eventType {
	case performanceScheduled:
		return f.scheduled(r)
	case seatHeld:
		return f.seatHeld(r)
	case seatReleased:
		return f.seatReleased(r)
	case seatSold:
		return f.seatSold(r)
	case reservationHeld:
		return f.reservationHeld(r)
	case reservationConfirmed:
		return f.reservationConfirmed(r)
	case reservationCancelled, reservationExpired:
		return f.reservationGivenBack(r)
	case walletCharged:
		return f.walletCharged(r)
	case walletDebited:
		return f.walletDebited(r)
	case admissionSpent, admissionGivenUp:
		return f.admissionOver(r)
	default:
		return nil
	}
}

// finish judges the log when no more events come: fault is what add stopped
// with, and event finds an event that was fed before. It returns the first
// fault in position order.
func (f *fold) finish(fault error, event func(position int64) (record, error)) error {
	if fault == nil {
		fault = f.structure.finish(f.last)
	}
	if fault == nil {
		fault = f.open.complete(f.last)
	}
	broken, err := f.ledger.judge()
	if err != nil {
		return err
	}
	if broken == nil {
		return fault
	}
	if rule, is := errors.AsType[*RuleError](fault); is && rule.Position < broken.position {
		return fault
	}
	r, err := event(broken.position)
	if err != nil {
		return err
	}
	return broken.breaks(r)
}

// milliseconds turns a wire length into a duration.
func milliseconds(ms int64) time.Duration { return time.Duration(ms) * time.Millisecond }
