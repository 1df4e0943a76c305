package projections

import (
	"time"

	"github.com/holdfast-dev/holdfast/domain"
	"github.com/holdfast-dev/holdfast/domain/admission"
	"github.com/holdfast-dev/holdfast/domain/reservation"
	"github.com/holdfast-dev/holdfast/domain/seat"
	"github.com/holdfast-dev/holdfast/domain/wallet"
	"github.com/holdfast-dev/holdfast/eventstore"
)

// DecodeFast is [Decode], five times as fast for the events that logs are full
// of, if their payloads are in the very form that [domain.EncodeEvent] gives
// them: no white space, members in the order of the fields, no escapes. Whatever
// does not look like that goes to Decode, so the answer is always Decode's.
func DecodeFast(e eventstore.Event) (domain.Event, error) {
	// One copy of the text serves all strings of the event.
	c := canonical{rest: string(e.Payload)}
	var event domain.Event
	switch e.Type {
	case seat.TypeHeld:
		event = c.seatHeld()
	case seat.TypeReleased:
		event = c.seatReleased()
	case seat.TypeSold:
		event = c.seatSold()
	case wallet.TypeCharged:
		event = c.charged()
	case wallet.TypeDebited:
		event = c.debited()
	case admission.TypeSpent:
		event = c.spent()
	case reservation.TypeHeld:
		event = c.reservationHeld()
	case reservation.TypeConfirmed:
		event = c.confirmed()
	case reservation.TypeExpired:
		event = reservation.Expired(c.ended())
	case reservation.TypeCancelled:
		event = reservation.Cancelled(c.ended())
	default:
		return Decode(e)
	}
	if c.failed || c.rest != "}" {
		return Decode(e)
	}
	return event, nil
}

// canonical reads a payload in the form that ours have. A member is named by
// all that stands before its value.
type canonical struct {
	rest   string
	failed bool
}

// skip takes the text before a value.
func (c *canonical) skip(before string) bool {
	if c.failed || len(c.rest) < len(before) || c.rest[:len(before)] != before {
		c.failed = true
		return false
	}
	c.rest = c.rest[len(before):]
	return true
}

// text reads a string of printable ASCII without escapes.
func (c *canonical) text(before string) string {
	if !c.skip(before) {
		return ""
	}
	for i := range len(c.rest) {
		switch b := c.rest[i]; {
		case b == '"':
			value := c.rest[:i]
			c.rest = c.rest[i+1:]
			return value
		case b < ' ' || b > '~' || b == '\\':
			c.failed = true
			return ""
		}
	}
	c.failed = true
	return ""
}

// number reads a whole number that is not negative, of at most 18 digits.
func (c *canonical) number(before string) int64 {
	if !c.skip(before) {
		return 0
	}
	var value int64
	n := 0
	for n < len(c.rest) && c.rest[n] >= '0' && c.rest[n] <= '9' {
		value = 10*value + int64(c.rest[n]-'0')
		n++
	}
	if n == 0 || n > 18 || n > 1 && c.rest[0] == '0' {
		c.failed = true
		return 0
	}
	c.rest = c.rest[n:]
	return value
}

// numbers reads an array of at least one number.
func (c *canonical) numbers(before string) []int {
	values := make([]int, 1, 8)
	values[0] = int(c.number(before + "["))
	for !c.failed && c.rest != "" && c.rest[0] == ',' {
		values = append(values, int(c.number(",")))
	}
	c.skip("]")
	return values
}

func (c *canonical) time(before string) time.Time {
	at, err := time.Parse(time.RFC3339Nano, c.text(before))
	if err != nil || at.Location() != time.UTC {
		c.failed = true
	}
	return at
}
