package eventstore

import (
	"context"
	"time"

	"github.com/holdfast-dev/holdfast/internal/idle"
)

const (
	// followPage is how many events Follow hands over at a time.
	followPage = 1_000
	// maxFollowBackoff bounds the pause after a failed read.
	maxFollowBackoff = 5 * time.Second
)

// Wait returns when the log may reach beyond a position: at once if it is known
// to, else with the next append that is heard of, at the latest after the poll
// interval. The only error is that ctx ended. Read afterwards; the log itself
// is the truth.
func (l *Log) Wait(ctx context.Context, after Position) error {
	return l.signal.wait(ctx, after, l.opts.PollInterval)
}

// Follow hands every event after a position to handle, in order, in pages of at
// most a thousand, and goes on as the log grows until ctx ends or handle fails;
// it returns that error. While the database is away it tries again with a
// growing pause of at most five seconds. Page and bytes belong to handle.
func (l *Log) Follow(ctx context.Context, after Position, handle func(context.Context, []Event) error) error {
	return l.follow(ctx, after, l.Read, 0, handle)
}

// follow is Follow through a way to read, with at least a pace between the reads
// of a follower that keeps up.
func (l *Log) follow(
	ctx context.Context, after Position, read func(context.Context, Position, int) ([]Event, error), pace time.Duration,
	handle func(context.Context, []Event) error,
) error {
	pause := l.opts.PollInterval
	for {
		began := time.Now()
		events, err := read(ctx, after, followPage)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			l.opts.Logger.WarnContext(ctx, "cannot read the log; trying again", "after", after, "error", err, "retry_in", pause)
			if !idle.For(ctx, pause) {
				return ctx.Err()
			}
			pause = min(2*pause, maxFollowBackoff)
			continue
		}
		pause = l.opts.PollInterval
		if len(events) > 0 {
			if err := handle(ctx, events); err != nil {
				return err
			}
			after = events[len(events)-1].Position
		}
		if len(events) == followPage {
			continue
		}
		if !idle.For(ctx, pace-time.Since(began)) {
			return ctx.Err()
		}
		if err := l.Wait(ctx, after); err != nil {
			return err
		}
	}
}
