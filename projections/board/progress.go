package board

import (
	"context"
	"sync/atomic"

	"github.com/holdfast-dev/holdfast/eventstore"
)

// progress is a position that only grows, for others to wait for.
type progress struct {
	position atomic.Int64
	// moved is closed when the position has grown, and replaced.
	moved atomic.Pointer[chan struct{}]
}

func (p *progress) init() {
	moved := make(chan struct{})
	p.moved.Store(&moved)
}

// reach moves the position. It is called by one goroutine at a time.
func (p *progress) reach(position eventstore.Position) {
	p.position.Store(int64(position))
	next := make(chan struct{})
	close(*p.moved.Swap(&next))
}

// Position returns that of the last event that the board shows.
func (b *Board) Position() eventstore.Position {
	return eventstore.Position(b.progress.position.Load())
}

// WaitFor returns nil once the board shows the event at a position and all
// before it, or ctx's error if ctx ends before.
func (b *Board) WaitFor(ctx context.Context, position eventstore.Position) error {
	for {
		// The channel is taken before the look, so that no move falls between.
		moved := *b.progress.moved.Load()
		if b.Position() >= position {
			return nil
		}
		select {
		case <-moved:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
