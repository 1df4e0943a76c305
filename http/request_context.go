package http

import (
	"context"
	"sync"
	"time"
)

// requestContext is the context of a request. It carries the call, and the
// deadline that the operation sets, for which it starts a timer only when
// somebody waits: most requests are answered from memory, where a timer would
// cost more than the answer.
type requestContext struct {
	context.Context //nolint:containedctx // it is a context itself

	call call
	// deadline is zero where there is none. It is set before the handler runs.
	deadline time.Time

	mu sync.Mutex
	// timed ends at the deadline. It is nil until somebody waits.
	timed  context.Context //nolint:containedctx // see above
	cancel context.CancelFunc
}

type requestKey struct{}

// requestOf returns the context of the request that ctx belongs to; an empty
// one for a context from elsewhere.
func requestOf(ctx context.Context) *requestContext {
	if r, ok := ctx.Value(requestKey{}).(*requestContext); ok {
		return r
	}
	return &requestContext{Context: ctx}
}

// Deadline implements [context.Context].
func (r *requestContext) Deadline() (time.Time, bool) {
	outer, bounded := r.Context.Deadline()
	if r.deadline.IsZero() || bounded && outer.Before(r.deadline) {
		return outer, bounded
	}
	return r.deadline, true
}

// Done implements [context.Context].
func (r *requestContext) Done() <-chan struct{} {
	if r.deadline.IsZero() {
		return r.Context.Done()
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.timed == nil {
		r.timed, r.cancel = context.WithDeadline(r.Context, r.deadline)
	}
	return r.timed.Done()
}

// Err implements [context.Context].
func (r *requestContext) Err() error {
	if timed := r.waitedFor(); timed != nil {
		return timed.Err()
	}
	if err := r.Context.Err(); err != nil || r.deadline.IsZero() || time.Now().Before(r.deadline) {
		return err
	}
	// From here on the deadline is past for whoever waits, too.
	return context.DeadlineExceeded
}

// Value implements [context.Context]. What the context package looks for, to
// end its own contexts without a goroutine for each, is the timed one's.
func (r *requestContext) Value(key any) any {
	if key == (requestKey{}) {
		return r
	}
	if timed := r.waitedFor(); timed != nil {
		return timed.Value(key)
	}
	return r.Context.Value(key)
}

func (r *requestContext) waitedFor() context.Context {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.timed
}

// release stops the timer, and whoever still waits.
func (r *requestContext) release() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.cancel != nil {
		r.cancel()
	}
}
