package reactors

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"
)

// Start is where a reactor begins that is new to a log.
type Start int

const (
	// FromHead begins with what is recorded from then on.
	FromHead Start = iota
	// FromBeginning begins with the first event of the log.
	FromBeginning
)

// Reactor is a handler and what it wants to hear of.
type Reactor struct {
	// Name says who it is, in the database, in metrics and on the command line:
	// 1 to 60 of a–z, 0–9 and _. A reactor under another name is another one and
	// starts afresh, so a name is for ever.
	Name string
	// Types are the wire types that it wants: "admission.spent.v1". At least one.
	Types []string
	// From is where it begins if the log has no offset of its name.
	From Start
	// Handle reacts to one event, which [envelope.Decode] reads from the message.
	// It may be called again for the same event, so what it does must be
	// idempotent; the position is the key. It must return soon after the
	// message's context ends. The transaction that watermill-sql puts into the
	// context is the offset's: leave it alone.
	//
	// An error is tried again and ends as a dead letter, unless it is [ErrAway]
	// or [ErrHopeless]. A panic is an error.
	Handle message.NoPublishHandlerFunc
	// Tries is how often the handler is called for an event before it becomes a
	// dead letter. Default 5.
	Tries int
	// FirstPause is the time between the first two tries; it doubles from one to
	// the next. Default 100 ms.
	FirstPause time.Duration
	// LongestPause bounds the time between two tries. Default 5 s.
	LongestPause time.Duration
	// Timeout is when the context of one try ends. Default 30 s. A handler that
	// does not heed it is waited for: it is never called twice at a time.
	Timeout time.Duration
}

var (
	// ErrAway marks an error that is no fault of the event: something that the
	// handler needs cannot be reached. The event is tried again for as long as
	// that takes, with a growing pause, and never becomes a dead letter; those
	// behind it wait.
	ErrAway = errors.New("something that the reactor needs is away")
	// ErrHopeless marks an error that another try cannot mend: the event becomes
	// a dead letter at once.
	ErrHopeless = errors.New("no other try can help")
)

func (r Reactor) withDefaults() Reactor {
	if r.Tries <= 0 {
		r.Tries = 5
	}
	if r.FirstPause <= 0 {
		r.FirstPause = 100 * time.Millisecond
	}
	if r.LongestPause <= 0 {
		r.LongestPause = 5 * time.Second
	}
	if r.Timeout <= 0 {
		r.Timeout = 30 * time.Second
	}
	return r
}

var validName = regexp.MustCompile(`^[a-z0-9_]{1,60}$`)

// check says what is wrong with a reactor.
func (r Reactor) check() error {
	switch {
	case !validName.MatchString(r.Name):
		return fmt.Errorf("reactor name %.80q is not 1 to 60 of a-z, 0-9 and _", r.Name)
	case r.Handle == nil:
		return fmt.Errorf("reactor %s has no handler", r.Name)
	case len(r.Types) == 0:
		return fmt.Errorf("reactor %s wants no type of event", r.Name)
	case slices.Contains(r.Types, ""):
		return fmt.Errorf("reactor %s wants a type without a name", r.Name)
	default:
		return nil
	}
}

// checkAll says what is wrong with reactors that are to run together.
func checkAll(reactors []Reactor) error {
	seen := make(map[string]bool)
	for _, r := range reactors {
		if err := r.check(); err != nil {
			return err
		}
		if seen[r.Name] {
			return fmt.Errorf("there are two reactors named %s", r.Name)
		}
		seen[r.Name] = true
	}
	return nil
}
