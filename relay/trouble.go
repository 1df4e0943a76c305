package relay

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"sync"
	"time"

	"github.com/holdfast-dev/holdfast/eventstore"
	"github.com/holdfast-dev/holdfast/internal/idle"
)

// trouble is what keeps a tenure from going on, for the goroutine that tells.
type trouble struct {
	mu    sync.Mutex
	since time.Time // of the publish under way, zero if there is none
	first eventstore.Position
	err   error
}

func (t *trouble) begin(first eventstore.Position) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.since, t.first = time.Now(), first
}

func (t *trouble) end() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.since, t.err = time.Time{}, nil
}

func (t *trouble) failed(err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.since, t.err = time.Time{}, err
}

// note tells of trouble, and holds until the checkpoint has come to a position.
type note struct {
	text  string
	until eventstore.Position
}

// forever is for trouble that has nothing to do with a certain event.
const forever eventstore.Position = math.MaxInt64

// slow is how long an acknowledgement may take before it is told of.
const slow = time.Second

// tell returns a sentence about the batch under way, or an empty one. why is
// the publisher's own.
func (t *trouble) tell(why func() error) note {
	t.mu.Lock()
	defer t.mu.Unlock()
	return note{t.sentence(why), t.first}
}

func (t *trouble) sentence(why func() error) string {
	if !t.since.IsZero() && time.Since(t.since) > slow {
		if err := why(); err != nil {
			return fmt.Sprintf("Kafka has not acknowledged the batch from position %d on: %v", t.first, err)
		}
		if t.err == nil {
			return fmt.Sprintf("Kafka has not acknowledged the batch from position %d on", t.first)
		}
	}
	if t.err != nil {
		return t.err.Error()
	}
	return ""
}

// renew holds on to the lease until ctx ends, which is no error. It ends with
// [ErrFenced] or [ErrLogChanged]; while the database is away it tries again.
func (t *tenure) renew(ctx context.Context) error {
	for idle.For(ctx, t.opts.Lease/3) {
		c, err := t.lease.renew(ctx, t.trouble.tell(t.why))
		switch {
		case errors.Is(err, ErrFenced):
			return err
		case err != nil:
			if ctx.Err() == nil {
				t.note(func(s *Status) { s.Err = err; s.Failures++ })
				t.opts.Logger.WarnContext(ctx, "cannot renew the relay's lease; trying again", slog.Any("error", err))
			}
			continue
		case c.Head < c.Position:
			return changed(c.Position, "ends at %d", c.Head)
		}
		t.note(func(s *Status) {
			before := *s
			s.looked(c)
			s.Trouble = c.Trouble
			if before.Position > c.Position { // a batch was faster
				s.Position, s.Trouble = before.Position, before.Trouble
			}
		})
	}
	return nil
}

// why asks the publisher, if it can tell.
func (t *tenure) why() error {
	if p, can := t.publisher.(interface{ Trouble() error }); can {
		return p.Trouble()
	}
	return nil
}
