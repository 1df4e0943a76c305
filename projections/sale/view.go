package sale

import (
	"iter"
	"math"
	"strconv"
	"time"
)

// View is every seat of a performance at one moment. It does not change, and
// may be kept and shared.
type View struct {
	performance *Performance
	chunks      []*chunk
	counts      [marks]int
	revision    string
	// goodUntil is the first end of a hold after the moment, in microseconds
	// since 1970: from then on the view is not true any more.
	goodUntil int64
}

// noEnd is the goodUntil of a view without holds.
const noEnd = math.MaxInt64

// goodAt reports whether the view, if it is the latest, is true at a moment.
func (v *View) goodAt(now time.Time) bool {
	return v.goodUntil == noEnd || now.UnixMicro() < v.goodUntil
}

// Performance returns what the seats are seats of.
func (v *View) Performance() *Performance { return v.performance }

// Revision names the content. It is made of the position of the last event
// that changed the performance and of how many holds have ended since by the
// clock alone, so every process names the same content alike.
func (v *View) Revision() string { return v.revision }

// GoodUntil returns the first end of a hold in the view, when the view stops
// being true by itself; false if there is none.
func (v *View) GoodUntil() (time.Time, bool) {
	if v.goodUntil == noEnd {
		return time.Time{}, false
	}
	return time.UnixMicro(v.goodUntil).UTC(), true
}

// Available returns how many seats can be had.
func (v *View) Available() int { return v.counts[markFree] + v.counts[markEnded] }

// Seat returns the state of a seat. The number must be one of the performance's.
func (v *View) Seat(number int) State {
	i := number - 1
	return v.chunks[i/chunkSize].marks[i%chunkSize].state()
}

// Seats visits every seat in the order of the numbers.
func (v *View) Seats() iter.Seq2[int, State] {
	return func(yield func(int, State) bool) {
		for _, c := range v.chunks {
			for i, m := range c.marks {
				if !yield(c.first+i, m.state()) {
					return
				}
			}
		}
	}
}

var (
	openBracket  = []byte{'['}
	closeBracket = []byte{']'}
)

// JSON returns the seats as a JSON array of {"number", "state", "price"}, in
// pieces to be written one after the other; only the available ones if asked.
// The pieces are shared: they must not be changed. What has been rendered once
// is not rendered again.
func (v *View) JSON(availableOnly bool) [][]byte {
	pieces := make([][]byte, 1, len(v.chunks)+2)
	pieces[0] = openBracket
	for _, c := range v.chunks {
		if piece := c.json(availableOnly); len(piece) > 0 {
			pieces = append(pieces, piece)
		}
	}
	if last := len(pieces) - 1; last > 0 {
		pieces[last] = pieces[last][:len(pieces[last])-1] // without the last comma
	}
	return append(pieces, closeBracket)
}

// formatRevision names a content by the last change and by the number of holds
// that have ended since without an event.
func formatRevision(position int64, ended int) string {
	text := strconv.AppendInt(make([]byte, 0, 24), position, 10)
	if ended > 0 {
		text = append(text, '-')
		text = strconv.AppendInt(text, int64(ended), 10)
	}
	return string(text)
}
