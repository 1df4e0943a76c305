package projections

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/holdfast-dev/holdfast/eventstore"
	"github.com/holdfast-dev/holdfast/internal/idle"
)

// firstBackoff is the pause after a step that failed, the first time.
const firstBackoff = 100 * time.Millisecond

// maxTaken is how often in a row a step is tried whose checkpoint another
// worker holds.
const maxTaken = 20

// ErrAhead means that the tables hold events that the log does not have: it ends
// before them, or has others in their place.
var ErrAhead = errors.New("read model is ahead of the log: the log was restored from an older copy; build the read models again (holdfast projections rebuild --all --fresh --swap always)")

// worker is one instance's share in one build. It begins by working: an
// instance that starts is as good a worker as the one that worked until then,
// and runs the younger program if they differ. Of several workers that meet at
// the checkpoint one goes on and the others stand by.
type worker struct {
	build
	log    Log
	opts   Options
	status statusBox
	// elsewhere is set while the place has no build for this program: none, one
	// of another version, or one that is being copied.
	elsewhere atomic.Bool
	// others work on the other places of the projection, and woken is how they
	// say that a build may have come here.
	others []*worker
	woken  chan struct{}

	// at is where this worker left the checkpoint.
	at eventstore.Position
	// careful is how far events are written one by one, to find the one that
	// the database rejects.
	careful eventstore.Position
}

func newWorker(b build, log Log, opts Options) *worker {
	w := &worker{build: b, log: log, opts: opts, woken: make(chan struct{}, 1)}
	w.status.status = Status{Projection: b.Name, Version: b.Version, Role: RoleStandby}
	return w
}

// run works or stands by until ctx ends.
func (w *worker) run(ctx context.Context) {
	pause := firstBackoff
	for {
		steps := w.status.read().Steps
		err := w.work(ctx)
		if w.notOurs(err) {
			w.leave(ctx, err)
			continue
		}
		if w.status.read().Steps > steps {
			pause = firstBackoff
		}
		switch {
		case ctx.Err() != nil:
			return
		case errors.Is(err, errSwapped):
			// At once: those who ask wait for less than a standby interval.
		case errors.Is(err, errTaken), errors.Is(err, errMoved):
			w.status.steppedBack()
			w.opts.Logger.DebugContext(ctx, "another instance works on the projection", "projection", w.Name)
			w.standBy(ctx)
		default:
			w.report(ctx, err, pause)
			idle.For(ctx, pause)
			pause = min(2*pause, w.opts.MaxBackoff)
		}
	}
}

// notOurs reports whether a step failed because the place has no build that
// this program works on.
func (w *worker) notOurs(err error) bool {
	missing := errors.Is(err, ErrNotBuilt) && w.place != Live
	return missing || errors.Is(err, errOtherVersion) || errors.Is(err, errCopying)
}

// leave waits until a build may have been swapped in. If one has just been
// swapped out of here, whoever works where it went goes on with it at once:
// those who ask wait for less than a standby interval.
func (w *worker) leave(ctx context.Context, err error) {
	if !w.elsewhere.Swap(true) {
		if w.place == Live {
			w.opts.Logger.WarnContext(ctx, "the live tables are not this program's", "projection", w.Name, "error", err)
		}
		for _, other := range w.others {
			other.wake()
		}
	}
	w.status.failed(err)
	look := time.NewTimer(w.opts.Standby)
	defer look.Stop()
	select {
	case <-look.C:
	case <-w.woken:
	case <-ctx.Done():
	}
}

// wake makes a worker that has no build look for one.
func (w *worker) wake() {
	select {
	case w.woken <- struct{}{}:
	default:
	}
}

// report makes a failure visible.
func (w *worker) report(ctx context.Context, err error, pause time.Duration) {
	if bad, is := errors.AsType[*BadEventError](err); is {
		w.status.stopped(bad)
		w.opts.Logger.ErrorContext(ctx, "projection has stopped", "projection", w.Name, "position", bad.Position,
			"stream", bad.Stream, "version", bad.Version, "type", bad.Type, "error", bad.Err, "retry_in", pause)
		if err := w.stop(ctx, w.at, bad); err != nil {
			w.opts.Logger.WarnContext(ctx, "cannot note that the projection has stopped", "projection", w.Name, "error", err)
		}
		return
	}
	w.status.failed(err)
	w.opts.Logger.WarnContext(ctx, "projection cannot go on; trying again",
		"projection", w.Name, "position", w.at, "error", err, "retry_in", pause)
}

// standBy looks on until the checkpoint has stood still for a standby interval
// although there was something to do all the time, or ctx ends.
func (w *worker) standBy(ctx context.Context) {
	const nowhere = -1
	overdue := eventstore.Position(nowhere)
	for idle.For(ctx, w.opts.Standby) {
		checkpoint, err := ReadCheckpoint(ctx, w.pool, w.Name, w.place)
		if err != nil {
			w.status.failed(err)
			continue
		}
		w.status.looked(checkpoint)
		if checkpoint.Position == overdue {
			return
		}
		overdue = nowhere
		if next, err := w.log.Read(ctx, checkpoint.Position, 1); err == nil && len(next) > 0 {
			overdue = checkpoint.Position
		}
	}
}

// work makes steps from wherever the checkpoint stands until one fails.
func (w *worker) work(ctx context.Context) error {
	if err := w.look(ctx); err != nil {
		return err
	}
	for taken := 0; ; {
		began := time.Now()
		limit := w.limit()
		count, err := w.step(ctx, limit)
		if errors.Is(err, errTaken) && taken < maxTaken {
			// Either somebody is making this very step, or somebody who came too
			// late is just finding out. The next try tells.
			taken++
			idle.For(ctx, w.opts.Pace)
			continue
		}
		if err != nil {
			return err
		}
		taken = 0
		if count == limit {
			continue
		}
		idle.For(ctx, w.opts.Pace-time.Since(began))
		if err := w.log.Wait(ctx, w.at); err != nil {
			return err
		}
	}
}

// look finds out where the checkpoint stands.
func (w *worker) look(ctx context.Context) error {
	checkpoint, err := ReadCheckpoint(ctx, w.pool, w.Name, w.place)
	if err != nil {
		return err
	}
	w.at, w.madeAt = checkpoint.Position, checkpoint.MadeAt // the build that is there now
	w.status.looked(checkpoint)
	switch {
	case checkpoint.Version != w.Version:
		return fmt.Errorf("%s: version %d, this program's is %d: %w", w.Name, checkpoint.Version, w.Version, errOtherVersion)
	case checkpoint.Copying:
		return fmt.Errorf("%s in %s: %w", w.Name, w.place, errCopying)
	}
	w.elsewhere.Store(false)
	return checkpoint.CheckLog(ctx, w.log)
}

func (w *worker) limit() int {
	if w.at < w.careful {
		return 1
	}
	return w.opts.PageSize
}

// step reads a page, folds it and writes it. It returns how many events the
// page had.
func (w *worker) step(ctx context.Context, limit int) (int, error) {
	events, err := w.log.Read(ctx, w.at, limit)
	if err != nil || len(events) == 0 {
		return 0, err
	}
	page := w.NewPage()
	good, bad := Fold(w.Name, w.Categories, page, events)
	if good > 0 {
		last := events[good-1]
		err := w.write(ctx, page, w.at, last)
		switch {
		case Rejected(err) && good == 1:
			return 0, badEvent(w.Name, last, err)
		case Rejected(err):
			w.careful = last.Position
			return limit, nil
		case err != nil:
			return 0, err
		}
		w.at = last.Position
		w.status.moved(last)
	}
	if bad != nil {
		return 0, bad
	}
	return len(events), nil
}
