package logcheck

import "time"

// fold carries what the events so far add up to. It is fed one event after
// the other and stops at the first fault.
type fold struct {
	structure

	last record
	// open is the append that the latest leading event began.
	open openAppend

	performances map[string]scheduledShape
	seats        map[seatKey]seatState
	reservations map[string]reservationState
	balances     map[string]int64
	// admissions maps an admission that is over to how it ended.
	admissions map[string]string
	// moved maps every payment and charge to the position that recorded it.
	moved map[string]int64
}

func newFold() *fold {
	return &fold{
		structure: structure{
			versions: map[string]int64{},
			keys:     map[[16]byte]int64{},
		},
		performances: map[string]scheduledShape{},
		seats:        map[seatKey]seatState{},
		reservations: map[string]reservationState{},
		balances:     map[string]int64{},
		admissions:   map[string]string{},
		moved:        map[string]int64{},
	}
}

// add checks one more event, the next in position order.
func (f *fold) add(r record) error {
	if err := f.structure.add(r); err != nil {
		return err
	}
	if err := f.open.admit(r); err != nil {
		return err
	}
	f.last = r
	return f.apply(r)
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

// finish checks what only the end of the log can tell.
func (f *fold) finish() error {
	if err := f.structure.finish(f.last); err != nil {
		return err
	}
	return f.open.complete(f.last)
}

// milliseconds turns a wire length into a duration.
func milliseconds(ms int64) time.Duration { return time.Duration(ms) * time.Millisecond }
