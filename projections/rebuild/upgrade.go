package rebuild

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/holdfast-dev/holdfast/internal/idle"
	"github.com/holdfast-dev/holdfast/projections"
)

// upgradeInterval is how often [Builder.Upgrade] looks whether the builds that
// it needs are there, while it waits for somebody else.
const upgradeInterval = 2 * time.Second

// Upgrade makes and swaps in the builds of this program's versions that are
// nowhere to be answered from, and returns when all are, or with ctx. It is what
// a server does in the background when it starts: until the swap, programs of
// the version before answer, and after it they go on answering from the former
// build. Of several instances one builds; the others wait for it. What an
// operator has set aside is left to the operator.
func (b *Builder) Upgrade(ctx context.Context, all []projections.Projection, logger *slog.Logger) {
	said := ""
	for {
		missing, err := b.missing(ctx, all)
		if err == nil && len(missing) == 0 {
			return
		}
		if err == nil {
			err = b.upgrade(ctx, missing, logger)
		}
		if ctx.Err() != nil {
			return
		}
		if err != nil && err.Error() != said {
			said = err.Error()
			logger.WarnContext(ctx, "read models of this program's version are not ready; trying again", "error", err)
		}
		idle.For(ctx, upgradeInterval)
	}
}

// missing returns the projections that cannot be answered from.
func (b *Builder) missing(ctx context.Context, all []projections.Projection) ([]projections.Projection, error) {
	var missing []projections.Projection
	for _, p := range all {
		_, err := projections.Answering(ctx, b.pool, p.Name, p.Version)
		switch {
		case errors.Is(err, projections.ErrNoVersion):
			missing = append(missing, p)
		case err != nil:
			return nil, err
		}
	}
	return missing, nil
}

func (b *Builder) upgrade(ctx context.Context, missing []projections.Projection, logger *slog.Logger) error {
	var names []string
	for _, p := range missing {
		if err := b.clearWay(ctx, p); err != nil {
			return err
		}
		names = append(names, p.Name)
	}
	release, err := Lock(ctx, b.pool, names)
	if err != nil {
		return err
	}
	defer release()
	// Another instance may have been faster.
	if missing, err = b.missing(ctx, missing); err != nil || len(missing) == 0 {
		return err
	}
	logger.InfoContext(ctx, "building read models of this program's version beside the live ones", "projections", names)
	if err := b.Build(ctx, missing); err != nil {
		return err
	}
	for _, p := range missing {
		swapped, err := b.Swap(ctx, p)
		if err != nil {
			return err
		}
		logger.InfoContext(ctx, "read model swapped in", "projection", p.Name, "version", swapped.Version,
			"position", swapped.Position, "took", swapped.Took)
	}
	return nil
}

// clearWay looks whether something else stands where the build is to be made,
// and discards what no running program wants.
func (b *Builder) clearWay(ctx context.Context, p projections.Projection) error {
	next, err := projections.ReadCheckpoint(ctx, b.pool, p.Name, b.opts.Place)
	switch {
	case errors.Is(err, projections.ErrNotBuilt):
		return nil
	case err != nil:
		return err
	case next.SetAside:
		return fmt.Errorf("%s: an operator has set version %d aside in %s: swap it in, or discard it", p.Name, next.Version, b.opts.Place)
	case next.Version == p.Version:
		return nil
	}
	_, used, err := projections.InUse(ctx, b.pool, p.Name, next.Version)
	if err != nil {
		return err
	}
	if used {
		return fmt.Errorf("%s: a program of version %d builds in %s", p.Name, next.Version, b.opts.Place)
	}
	release, err := Lock(ctx, b.pool, []string{p.Name})
	if err != nil {
		return err
	}
	defer release()
	_, err = Discard(ctx, b.pool, p.Name, b.opts.Place)
	return err
}
