package rebuild

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/holdfast-dev/holdfast/eventstore"
	"github.com/holdfast-dev/holdfast/internal/idle"
	"github.com/holdfast-dev/holdfast/projections"
)

// SwapLimit bounds the transaction of a swap or a roll-back. One that would
// take longer is broken off and tried again.
const SwapLimit = 100 * time.Millisecond

const (
	// lockPiece is how long a swap waits for rows, and again for tables. Whoever
	// asks the tables meanwhile waits behind it, so it is short.
	lockPiece = 30 * time.Millisecond
	// commitBy is when a swap must be ready to commit.
	commitBy = 60 * time.Millisecond
	// lastSteps is how many events may be folded within a swap.
	lastSteps = 500
	// retryAfter is the pause before the next try, the first time.
	retryAfter = 50 * time.Millisecond
)

// Swapped is what a swap or a roll-back has done.
type Swapped struct {
	Projection string
	// Position of the build that is live now, and its version.
	Position eventstore.Position
	Version  int
	// Behind is how many events it has seen less than the build that was live.
	Behind int64
	// Took is the length of the transaction.
	Took time.Duration
	// Tries is how often it was begun.
	Tries int
}

var (
	// ErrNothingBuilt means that there is no whole build beside the live one.
	ErrNothingBuilt = errors.New("there is no build to swap in: rebuild it first")
	// ErrNoFormer means that there is nothing to roll back to.
	ErrNoFormer = errors.New("there is no former build to roll back to")

	// errTooSlow breaks a swap off.
	errTooSlow = errors.New("the swap would have taken too long")
	// errBehind means that too many events are missing to fold them in a swap.
	errBehind = errors.New("the build is behind the live one")
)

// Swap makes the next build of a projection the live one and the live one the
// former one. A former one from before is dropped; that fails with [ErrInUse]
// while it is needed. It fails with [projections.ErrAhead] if the next build was
// made from another log. The new live build has seen all that the one before had.
// The caller has locked the projection.
func (b *Builder) Swap(ctx context.Context, p projections.Projection) (Swapped, error) {
	next, err := projections.ReadCheckpoint(ctx, b.pool, p.Name, projections.Next)
	switch {
	case errors.Is(err, projections.ErrNotBuilt):
		return Swapped{}, fmt.Errorf("%s: %w", p.Name, ErrNothingBuilt)
	case err != nil:
		return Swapped{}, err
	case next.Copying:
		return Swapped{}, fmt.Errorf("%s: the build has reached position %d only: %w", p.Name, next.Position, ErrNothingBuilt)
	}
	if err := next.CheckLog(ctx, b.log); err != nil {
		return Swapped{}, err
	}
	if _, err := DropFormer(ctx, b.pool, p.Name); err != nil {
		return Swapped{}, err
	}
	return b.patiently(ctx, p, func(ctx context.Context, tx pgx.Tx) (Swapped, error) {
		at, err := lockBuilds(ctx, tx, p.Name, projections.Live, projections.Next)
		if err != nil {
			return Swapped{}, err
		}
		live, next := at[projections.Live], at[projections.Next]
		if next.Position, err = b.level(ctx, tx, p, live, next); err != nil {
			return Swapped{}, err
		}
		err = rotate(ctx, tx, p.Name, false, []build{{live, projections.Former}, {next, projections.Live}})
		return Swapped{Projection: p.Name, Position: next.Position, Version: next.Version}, err
	})
}

// Rollback makes the former build of a projection the live one again, and the
// live one the next one, set aside, so that it can be swapped in again. It does
// not wait for the former build to have seen everything: who needs a position
// waits for it, as always. It fails with [projections.ErrAhead] if the former
// build was made from another log. The caller has locked the projection.
func (b *Builder) Rollback(ctx context.Context, p projections.Projection) (Swapped, error) {
	former, err := projections.ReadCheckpoint(ctx, b.pool, p.Name, projections.Former)
	switch {
	case errors.Is(err, projections.ErrNotBuilt):
		return Swapped{}, fmt.Errorf("%s: %w", p.Name, ErrNoFormer)
	case err != nil:
		return Swapped{}, err
	}
	switch _, err := projections.ReadCheckpoint(ctx, b.pool, p.Name, projections.Next); {
	case err == nil:
		return Swapped{}, fmt.Errorf("%s: another build stands in %s, where the live one would go: discard it first", p.Name, projections.Next)
	case !errors.Is(err, projections.ErrNotBuilt):
		return Swapped{}, err
	}
	if err := former.CheckLog(ctx, b.log); err != nil {
		return Swapped{}, err
	}
	return b.patiently(ctx, p, func(ctx context.Context, tx pgx.Tx) (Swapped, error) {
		at, err := lockBuilds(ctx, tx, p.Name, projections.Live, projections.Former)
		if err != nil {
			return Swapped{}, err
		}
		live, former := at[projections.Live], at[projections.Former]
		if former.Version == p.Version && live.Position-former.Position <= lastSteps {
			if former.Position, err = b.level(ctx, tx, p, live, former); err != nil {
				return Swapped{}, err
			}
		}
		err = rotate(ctx, tx, p.Name, true, []build{{live, projections.Next}, {former, projections.Live}})
		return Swapped{
			Projection: p.Name, Position: former.Position, Version: former.Version,
			Behind: max(0, int64(live.Position-former.Position)),
		}, err
	})
}

// level folds into a build what it lacks of the live one, within the
// transaction of a swap, and returns where it then stands.
func (b *Builder) level(
	ctx context.Context, tx pgx.Tx, p projections.Projection, live, to projections.Checkpoint,
) (eventstore.Position, error) {
	missing := int(live.Position - to.Position)
	if missing > 0 && errors.Is(live.CheckLog(ctx, b.log), projections.ErrAhead) {
		return to.Position, nil // what the live one has seen is no more
	}
	switch {
	case missing <= 0:
		return to.Position, nil
	case missing > lastSteps, to.Version != p.Version:
		return 0, fmt.Errorf("%w: at position %d of %d", errBehind, to.Position, live.Position)
	}
	events, err := b.log.Read(ctx, to.Position, missing)
	if err != nil {
		return 0, err
	}
	return live.Position, p.Step(ctx, tx, to.Place, events)
}

// patiently tries a swap again and again for as long as the patience lasts.
func (b *Builder) patiently(
	ctx context.Context, p projections.Projection, swap func(context.Context, pgx.Tx) (Swapped, error),
) (Swapped, error) {
	wait := retryAfter
	for began, tries := time.Now(), 1; ; tries++ {
		swapped, err := b.try(ctx, swap)
		swapped.Tries = tries
		switch {
		case err == nil:
			return swapped, nil
		case !again(err):
			return swapped, fmt.Errorf("swap %s: %w", p.Name, err)
		case time.Since(began) > b.opts.SwapPatience:
			return swapped, fmt.Errorf("swap %s: not done in %s: %w%s", p.Name, b.opts.SwapPatience, err, b.blocker(ctx, p))
		}
		if errors.Is(err, errBehind) {
			if err := b.bringUp(ctx, p); err != nil {
				return swapped, err
			}
		}
		if !idle.For(ctx, wait) {
			return swapped, ctx.Err()
		}
		wait = min(2*wait, time.Second)
	}
}

// bringUp makes the steps that the next build lacks.
func (b *Builder) bringUp(ctx context.Context, p projections.Projection) error {
	next, err := projections.ReadCheckpoint(ctx, b.pool, p.Name, projections.Next)
	if err != nil || next.Version != p.Version {
		return err // another program keeps it current
	}
	head, err := b.log.Head(ctx)
	if err != nil {
		return err
	}
	return b.catchUp(ctx, p, projections.Next, head.Position)
}

// try makes one transaction of a swap.
func (b *Builder) try(ctx context.Context, swap func(context.Context, pgx.Tx) (Swapped, error)) (swapped Swapped, err error) {
	conn, err := b.pool.Acquire(ctx)
	if err != nil {
		return swapped, err
	}
	defer conn.Release()
	began := time.Now()
	err = pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
		if swapped, err = swap(ctx, tx); err != nil {
			return err
		}
		if time.Since(began) > commitBy {
			return errTooSlow
		}
		return nil
	})
	swapped.Took = time.Since(began)
	return swapped, err
}

// again reports whether a swap that failed may succeed later: it has waited for
// a lock too long, or would have.
func again(err error) bool {
	if errors.Is(err, errTooSlow) || errors.Is(err, errBehind) {
		return true
	}
	const lockNotAvailable, queryCanceled, deadlock = "55P03", "57014", "40P01"
	refusal, is := errors.AsType[*pgconn.PgError](err)
	return is && (refusal.Code == lockNotAvailable || refusal.Code == queryCanceled || refusal.Code == deadlock)
}
