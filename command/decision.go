package command

import (
	"fmt"
	"time"

	"github.com/holdfast-dev/holdfast/domain"
	"github.com/holdfast-dev/holdfast/domain/seat"
	"github.com/holdfast-dev/holdfast/eventstore"
)

// decision reads states and appends facts, or returns a refusal. It is pure
// but for its transaction: it may run several times, and only the last counts.
type decision func(tx transaction) error

// transaction is a decision's view of the log; see [eventstore.Tx], which it
// is in production.
type transaction interface {
	Now() time.Time
	Before(t time.Time) bool
	Load(stream string) (domain.State, error)
	LoadTag(tag string) (domain.State, error)
	Prefetch(streams ...string) error
	Fresh(stream string)
	Append(events ...eventstore.NewEvent)
}

// load returns the state of a stream, the zero S if it has no event. A non-nil
// error must be returned from the decision at once.
func load[S domain.State](tx transaction, stream string) (S, error) {
	state, err := tx.Load(stream)
	if err != nil {
		var none S
		return none, err
	}
	return stateAs[S](state)
}

// stateAs returns a state as what it must be, the zero S for no state.
func stateAs[S domain.State](state domain.State) (S, error) {
	if state == nil {
		var none S
		return none, nil
	}
	typed, ok := state.(S)
	if !ok {
		return typed, fmt.Errorf("state is a %T, not a %T", state, typed)
	}
	return typed, nil
}

// loadSeats returns the states of numbered seats, in their order.
func loadSeats(tx transaction, performance domain.PerformanceID, numbers []int) ([]seat.State, error) {
	streams := seatStreams(performance, numbers)
	if err := tx.Prefetch(streams...); err != nil {
		return nil, err
	}
	states := make([]seat.State, len(streams))
	for i, stream := range streams {
		s, err := load[seat.State](tx, stream)
		if err != nil {
			return nil, err
		}
		states[i] = s
	}
	return states, nil
}

func seatStreams(performance domain.PerformanceID, numbers []int) []string {
	streams := make([]string, len(numbers), len(numbers)+2)
	for i, n := range numbers {
		streams[i] = seat.Stream(performance, n)
	}
	return streams
}

// facts are the events of one decision, in order. The first is the one that
// the answer is made from.
type facts struct {
	events []eventstore.NewEvent
	err    error
}

// add puts an event at the end.
func (f *facts) add(stream string, e domain.Event) { f.addTagged(stream, "", e) }

// addTagged puts an event at the end that is also found under a tag.
func (f *facts) addTagged(stream, tag string, e domain.Event) {
	payload, err := domain.EncodeEvent(e)
	if err != nil && f.err == nil {
		f.err = err
	}
	f.events = append(f.events, eventstore.NewEvent{Stream: stream, Type: e.Type(), Tag: tag, Payload: payload, Fact: e})
}

// record appends the events, unless one of them could not be encoded.
func (f *facts) record(tx transaction) error {
	if f.err != nil {
		return f.err
	}
	tx.Append(f.events...)
	return nil
}
