package relay

import (
	"strings"
	"time"

	"github.com/holdfast-dev/holdfast/eventstore"
)

// Status is how the relay fares, as one instance knows it: at most a second or
// so old. It costs nothing to ask.
type Status struct {
	// Working says that this instance relays; otherwise it stands by.
	Working bool
	// Position up to which Kafka has acknowledged everything.
	Position eventstore.Position
	// Head is the end of the log.
	Head eventstore.Position
	// Delay is for how long the oldest event has been waiting that is yet to be
	// sent; 0 if there is none.
	Delay time.Duration
	// Owner works at the moment, or was the last to.
	Owner string
	// Epoch counts the owners.
	Epoch int64
	// Trouble is what keeps the owner from going on, empty if nothing does.
	Trouble string
	// Err is what this instance failed with last, nil if it goes on.
	Err error
	// Published counts the events that this instance has had acknowledged,
	// Failures how often it had to try again.
	Published int64
	Failures  int64
}

// Lag returns how many events are yet to be sent.
func (s *Status) Lag() int64 { return max(int64(s.Head-s.Position), 0) }

// Status returns how the relay fares.
func (r *Relay) Status() Status {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.status
}

func (r *Relay) note(change func(*Status)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	change(&r.status)
}

func (s *Status) looked(c Checkpoint) {
	s.Position, s.Head, s.Delay, s.Owner, s.Epoch = c.Position, c.Head, c.Delay(), c.Owner, c.Epoch
}

// standBy notes a checkpoint that somebody else holds.
func (s *Status) standBy(c Checkpoint) {
	s.looked(c)
	s.Working, s.Trouble, s.Err = false, c.Trouble, nil
}

func (s *Status) takeOver(c Checkpoint) {
	s.looked(c)
	s.Working, s.Trouble, s.Err = true, "", nil
}

// toValid makes a note fit for a text column, on one line.
func toValid(note string) string {
	note = strings.ToValidUTF8(note, "")
	return strings.Join(strings.Fields(strings.ReplaceAll(note, "\x00", "")), " ")
}
