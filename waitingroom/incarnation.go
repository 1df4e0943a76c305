package waitingroom

import (
	"strconv"
	"sync/atomic"

	"github.com/holdfast-dev/holdfast/domain"
)

// incarnation is a room between two losses of Redis, as a process knows it.
type incarnation struct {
	number int64
	text   string
	// Numbers above base and up to floor were drawn before the loss, if ever:
	// their owners are asked to show themselves once.
	base, floor int64
	// gaps are runs of numbers that nobody holds, in the order of their ends.
	// The one of this incarnation's own loss is the last and shrinks when
	// people come back. They overlap if nobody joined between two losses.
	gaps []gap

	keys    [7]string
	opening string
	bucket  string
	seen    marks

	// served is the highest serving number that this process has heard of.
	served atomic.Int64
}

// hear takes note of a serving number that Redis said.
func (i *incarnation) hear(serving int64) {
	for {
		known := i.served.Load()
		if serving <= known || i.served.CompareAndSwap(known, serving) {
			return
		}
	}
}

// newIncarnation names the keys of a room. What belongs to one incarnation
// carries its number, so that nothing stale is taken for fresh; the room itself
// is found without it.
func newIncarnation(concert domain.ConcertID, r record) *incarnation {
	tag := "holdfast:{" + string(concert) + "}"
	own := tag + ":" + strconv.FormatInt(r.incarnation, 10)
	return &incarnation{
		number: r.incarnation,
		text:   strconv.FormatInt(r.incarnation, 10),
		base:   r.base,
		floor:  r.floor,
		gaps:   r.gaps,
		keys: [7]string{
			tag + ":room", own + ":called", own + ":active", own + ":left", own + ":seen", own + ":late",
			own + ":unnoted",
		},
		opening: tag + ":opening",
		bucket:  own + ":u",
		seen:    newMarks(r.floor - r.base),
	}
}

// bucketKey names the hash that holds a member.
func (i *incarnation) bucketKey(m member) string {
	return i.bucket + strconv.Itoa(m.bucket())
}

// before tells whether a number is from before the loss and not served then.
func (i *incarnation) before(number int64) bool {
	return number > i.base && number <= i.floor
}

// show reports whether the owner of a number, who is there, was not known to be.
func (i *incarnation) show(number int64) bool {
	return i.before(number) && i.seen.add(number-i.base-1)
}

// forget undoes show: the owner shows up by the next look.
func (i *incarnation) forget(number int64) {
	i.seen.remove(number - i.base - 1)
}

// marks is a set of small numbers that many goroutines add to at once: a bit
// each.
type marks struct {
	words []atomic.Uint64
}

func newMarks(size int64) marks {
	return marks{words: make([]atomic.Uint64, (size+63)/64)}
}

// add reports whether n was not in the set.
func (m marks) add(n int64) bool {
	bit := uint64(1) << (n % 64)
	word := &m.words[n/64]
	if word.Load()&bit != 0 {
		return false
	}
	return word.Or(bit)&bit == 0
}

func (m marks) remove(n int64) {
	m.words[n/64].And(^(uint64(1) << (n % 64)))
}
