package projections

import (
	"sync"
	"time"

	"github.com/holdfast-dev/holdfast/eventstore"
)

// Role is what an instance does for a projection.
type Role string

const (
	// RoleStandby means that this instance looks on while another one works,
	// or that nothing has happened yet.
	RoleStandby Role = "standby"
	// RoleWorking means that this instance has moved the checkpoint last.
	RoleWorking Role = "working"
)

// Status is how one projection fares, as one instance knows it.
type Status struct {
	Projection string
	Version    int
	Role       Role
	// Position is where the checkpoint stands.
	Position eventstore.Position
	// Head is the end of the log.
	Head eventstore.Position
	// EventAt is when the event at Position was recorded; zero for none.
	EventAt time.Time
	// Stopped is the event that this instance cannot get past, nil if none.
	Stopped *BadEventError
	// Note is the checkpoint's word for the event that whichever instance worked
	// last cannot get past, empty if none.
	Note string
	// Err is why the latest step of this instance failed, nil if it did not.
	Err error
	// Steps counts the pages that this instance has written.
	Steps int64
}

// Lag returns how many events the read model is behind the log.
func (s Status) Lag() int64 { return int64(s.Head - s.Position) }

// statusBox holds the status of a worker for others to read.
type statusBox struct {
	mu     sync.Mutex
	status Status
}

func (b *statusBox) read() Status {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.status
}

// looked notes a checkpoint that was read while standing by.
func (b *statusBox) looked(c Checkpoint) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.status.Position, b.status.EventAt, b.status.Note = c.Position, c.EventAt, c.Stopped
	if b.status.Stopped != nil && c.Position >= b.status.Stopped.Position {
		b.status.Stopped = nil // another program understood the event
	}
}

// steppedBack notes that another instance works.
func (b *statusBox) steppedBack() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.status.Role, b.status.Err = RoleStandby, nil
}

// moved notes a step that was written.
func (b *statusBox) moved(last eventstore.Event) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.status.Role, b.status.Stopped, b.status.Note, b.status.Err = RoleWorking, nil, "", nil
	b.status.Position, b.status.EventAt = last.Position, last.RecordedAt
	b.status.Steps++
}

func (b *statusBox) failed(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.status.Err = err
}

func (b *statusBox) stopped(bad *BadEventError) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.status.Stopped, b.status.Note, b.status.Err = bad, bad.Error(), bad
}
