package eventstore

import (
	"context"
	"time"
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
	pause := l.opts.PollInterval
	for {
		events, err := l.Read(ctx, after, followPage)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			l.opts.Logger.WarnContext(ctx, "cannot read the log; trying again", "after", after, "error", err, "retry_in", pause)
			select {
			case <-time.After(pause):
			case <-ctx.Done():
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
		if len(events) < followPage {
			if err := l.Wait(ctx, after); err != nil {
				return err
			}
		}
	}
}
