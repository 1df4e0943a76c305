package reactors

import (
	"context"
	"time"

	"github.com/ThreeDotsLabs/watermill"

	"github.com/holdfast-dev/holdfast/internal/idle"
)

// rhythm decides when a subscriber looks again: it is its
// [sql.BackoffManager], and it does the waiting itself, because it is woken by
// the log.
type rhythm struct {
	// ctx ends when the subscriber is to stop; it must not be kept waiting then.
	ctx    context.Context //nolint:containedctx // the interface has no context, and this lives as long as one subscription
	log    Log
	opts   Options
	source *source
	tally  *tally
	report func(err error, pause time.Duration)

	failures int
	looked   time.Time
}

// HandleError implements [sql.BackoffManager].
func (r *rhythm) HandleError(_ watermill.LoggerAdapter, _ bool, err error) time.Duration {
	if err != nil {
		pause := backoff(r.failures, r.opts.MaxBackoff)
		r.failures++
		if r.ctx.Err() == nil {
			r.tally.looked(err)
			r.report(err, pause)
		}
		idle.For(r.ctx, pause)
		return 0
	}
	r.failures = 0
	r.tally.looked(nil)
	switch r.source.found.what {
	case foundIdle:
		r.tally.worked(nil)
		// On a busy log that records nothing wanted, looks would follow each other
		// without end.
		idle.For(r.ctx, r.opts.Pace-time.Since(r.looked))
		_ = r.log.Wait(r.ctx, r.source.found.at) // it ends with ctx, which the subscriber notices
	case foundTaken:
		idle.For(r.ctx, r.opts.Standby)
	}
	r.looked = time.Now()
	return 0
}

// firstBackoff is the pause after a failure, the first time.
const firstBackoff = 100 * time.Millisecond

// backoff returns the pause after so many failures before.
func backoff(failures int, longest time.Duration) time.Duration {
	return min(firstBackoff<<min(failures, 20), longest)
}
