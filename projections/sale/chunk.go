package sale

import (
	"slices"
	"strconv"
	"sync/atomic"

	"github.com/holdfast-dev/holdfast/domain"
)

// chunkSize is how many seats are copied and rendered together. A change costs
// this much rendering at the next read; a larger performance has more chunks.
const chunkSize = 256

// mark is what is recorded of a seat. It tells a seat that was released from
// one whose hold ended by the clock: both are available, but only the second
// one counts in the revision.
type mark uint8

const (
	markFree mark = iota
	markHeld
	markSold
	markEnded
	marks
)

func (m mark) state() State {
	switch m {
	case markHeld:
		return Held
	case markSold:
		return Sold
	default:
		return Available
	}
}

// chunk is a run of neighbouring seats. Once a view has it, it does not change.
type chunk struct {
	// first is the number of the first seat.
	first int
	price domain.Money
	marks []mark
	// all and free keep the rendered seats, each followed by a comma.
	all, free atomic.Pointer[[]byte]
}

func newChunks(count int, price domain.Money) []*chunk {
	chunks := make([]*chunk, 0, (count+chunkSize-1)/chunkSize)
	for first := 1; first <= count; first += chunkSize {
		size := min(chunkSize, count-first+1)
		chunks = append(chunks, &chunk{first: first, price: price, marks: make([]mark, size)})
	}
	return chunks
}

// clone returns a chunk that may be changed, with nothing rendered.
func (c *chunk) clone() *chunk {
	return &chunk{first: c.first, price: c.price, marks: slices.Clone(c.marks)}
}

// json returns the chunk's seats as JSON objects, each followed by a comma.
func (c *chunk) json(availableOnly bool) []byte {
	kept := &c.all
	if availableOnly {
		kept = &c.free
	}
	if rendered := kept.Load(); rendered != nil {
		return *rendered
	}
	rendered := c.render(availableOnly)
	kept.Store(&rendered)
	return rendered
}

func (c *chunk) render(availableOnly bool) []byte {
	price := strconv.AppendInt(nil, int64(c.price), 10)
	const around = len(`{"number":100000,"state":"available","price":},`)
	out := make([]byte, 0, len(c.marks)*(around+len(price)))
	for i, m := range c.marks {
		state := m.state()
		if availableOnly && state != Available {
			continue
		}
		out = append(out, `{"number":`...)
		out = strconv.AppendInt(out, int64(c.first+i), 10)
		out = append(out, `,"state":"`...)
		out = append(out, state.String()...)
		out = append(out, `","price":`...)
		out = append(out, price...)
		out = append(out, '}', ',')
	}
	return slices.Clip(out)
}
