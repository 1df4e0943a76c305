package board

import (
	"context"
	"errors"
	"time"

	"github.com/holdfast-dev/holdfast/eventstore"
	"github.com/holdfast-dev/holdfast/internal/idle"
	"github.com/holdfast-dev/holdfast/projections"
)

// firstBackoff is the pause after a failure, the first time.
const firstBackoff = 100 * time.Millisecond

// Status is how a board fares.
type Status struct {
	// Position of the last event that it shows.
	Position eventstore.Position
	// Err is why it cannot go on, nil if it can. It wraps a
	// [*projections.BadEventError] if an event is the reason.
	Err error
}

// Status returns how the board fares.
func (b *Board) Status() Status {
	b.mu.Lock()
	defer b.mu.Unlock()
	return Status{Position: b.Position(), Err: b.err}
}

// Run follows the log from the board's position until ctx ends. When it cannot
// go on it tries again with a growing pause; meanwhile the board shows what it
// has, and [Board.Status] says why.
func (b *Board) Run(ctx context.Context) {
	watching := make(chan struct{})
	go func() {
		defer close(watching)
		b.endWatchedHolds(ctx)
	}()
	defer func() { <-watching }()

	pause := firstBackoff
	for {
		from := b.Position()
		err := b.log.Follow(ctx, from, b.followed)
		if ctx.Err() != nil {
			return
		}
		if b.Position() > from {
			pause = firstBackoff
		}
		b.failed(ctx, err, pause)
		if !idle.For(ctx, pause) {
			return
		}
		pause = min(2*pause, b.opts.MaxBackoff)
	}
}

// fullPage is how many events a page has at least if the board is behind.
const fullPage = 500

// followed applies a page and forgets an earlier failure.
func (b *Board) followed(ctx context.Context, events []eventstore.Event) error {
	if err := b.Apply(events); err != nil {
		return err
	}
	b.mu.Lock()
	b.err = nil
	b.mu.Unlock()
	if len(events) < fullPage {
		idle.For(ctx, b.opts.Pace)
	}
	return nil
}

func (b *Board) failed(ctx context.Context, err error, pause time.Duration) {
	b.mu.Lock()
	b.err = err
	b.mu.Unlock()
	if bad, is := errors.AsType[*projections.BadEventError](err); is {
		b.opts.Logger.ErrorContext(ctx, "the board has stopped", "position", bad.Position,
			"stream", bad.Stream, "version", bad.Version, "type", bad.Type, "error", bad.Err, "retry_in", pause)
		return
	}
	b.opts.Logger.WarnContext(ctx, "the board cannot follow the log; trying again",
		"position", b.Position(), "error", err, "retry_in", pause)
}
