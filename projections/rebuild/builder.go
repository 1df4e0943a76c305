package rebuild

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"golang.org/x/sync/errgroup"

	"github.com/holdfast-dev/holdfast/eventstore"
	"github.com/holdfast-dev/holdfast/projections"
)

// Log is what a build needs of the event store.
type Log interface {
	projections.Log
	// ScanFacts calls visit for each event after a position up to and including
	// another, in order, with position, time, type and payload. The bytes of an
	// event are valid until visit returns.
	ScanFacts(ctx context.Context, after, upTo eventstore.Position, visit func(eventstore.Event) error) error
}

// Options configure a [Builder]. The zero value is right for production.
type Options struct {
	// Place is where builds are made. Default [projections.Next].
	Place string
	// ChunkSize is how many events are copied in one transaction. Default
	// 100,000.
	ChunkSize int
	// PageSize is how many events a step takes that follows the copy. Default
	// 2,000.
	PageSize int
	// MaxOpen bounds the rows that a build keeps open in memory, by projection:
	// past it, the build goes on by steps. Default 200,000, some 80 MB.
	MaxOpen int
	// SwapPatience is how long a swap tries. Default one minute.
	SwapPatience time.Duration
	// Progress is told how a build goes on, from one goroutine at a time, some
	// hundred times a second. Default: nobody is.
	Progress func(Progress)
}

func (o Options) withDefaults() Options {
	if o.Place == "" {
		o.Place = projections.Next
	}
	if o.ChunkSize <= 0 {
		o.ChunkSize = 100_000
	}
	if o.PageSize <= 0 {
		o.PageSize = 2_000
	}
	if o.MaxOpen <= 0 {
		o.MaxOpen = 200_000
	}
	if o.SwapPatience <= 0 {
		o.SwapPatience = time.Minute
	}
	if o.Progress == nil {
		o.Progress = func(Progress) {}
	}
	return o
}

// Phase is what a build does.
type Phase string

// The phases of a build, in their order.
const (
	PhaseCopy    Phase = "copy"
	PhaseIndex   Phase = "index"
	PhaseCatchUp Phase = "catch up"
)

// Progress is how far a build has come.
type Progress struct {
	Phase Phase
	// Projections are those that it is about.
	Projections []string
	// Position is how far they have read, of the Head that they are to reach.
	Position eventstore.Position
	Head     eventstore.Position
	// Note is something that an operator may want to know, mostly empty.
	Note string
}

// Builder builds read models. It is for one goroutine at a time.
type Builder struct {
	pool *pgxpool.Pool
	log  Log
	opts Options
}

// New makes a builder. Connections of pool act as [eventstore.RoleProjector].
func New(pool *pgxpool.Pool, log Log, opts Options) *Builder {
	return &Builder{pool: pool, log: log, opts: opts.withDefaults()}
}

// part is the build of one projection.
type part struct {
	projections.Projection
	at      eventstore.Position
	copying bool
	bulk    projections.Bulk
}

// Build brings builds of the projections to the end of the log: those that were
// begun before go on, the others are begun. The caller has locked the
// projections ([Lock]). A projection whose build stops at an event does not keep
// the others from being built; the error joins what stopped each.
func (b *Builder) Build(ctx context.Context, all []projections.Projection) error {
	parts := make([]*part, 0, len(all))
	for _, p := range all {
		begun, err := b.begin(ctx, p)
		if err != nil {
			return err
		}
		parts = append(parts, begun)
	}
	head, err := b.log.Head(ctx)
	if err != nil {
		return err
	}
	if err := b.copyAll(ctx, parts, head.Position); err != nil {
		return err
	}
	if err := b.finishAll(ctx, parts, head.Position); err != nil {
		return err
	}
	return b.catchUpAll(ctx, parts)
}

// finishAll makes the tables of the parts that were copied whole, two at a time.
func (b *Builder) finishAll(ctx context.Context, parts []*part, head eventstore.Position) error {
	names := namesOf(parts)
	b.opts.Progress(Progress{Phase: PhaseIndex, Projections: names, Position: head, Head: head})
	finishing, ctx := errgroup.WithContext(ctx)
	finishing.SetLimit(2)
	for _, p := range parts {
		finishing.Go(func() error { return b.finish(ctx, p.Projection) })
	}
	return finishing.Wait()
}

// catchUpAll makes ordinary steps until each build has seen what the log held
// when it began to, again and again until that is little.
func (b *Builder) catchUpAll(ctx context.Context, parts []*part) error {
	const little = 1_000
	var stopped []error
	for {
		head, err := b.log.Head(ctx)
		if err != nil {
			return errors.Join(append(stopped, err)...)
		}
		for _, p := range parts {
			err := b.catchUp(ctx, p.Projection, b.opts.Place, head.Position)
			if _, bad := errors.AsType[*projections.BadEventError](err); bad {
				stopped = append(stopped, err)
				parts = without(parts, p)
				continue
			}
			if err != nil {
				return errors.Join(append(stopped, err)...)
			}
		}
		now, err := b.log.Head(ctx)
		if err != nil || len(parts) == 0 || now.Position-head.Position <= little {
			return errors.Join(append(stopped, err)...)
		}
	}
}

// catchUp makes the steps of one build up to a position.
func (b *Builder) catchUp(ctx context.Context, p projections.Projection, place string, upTo eventstore.Position) error {
	return projections.CatchUp(ctx, b.pool, p, place, b.log, upTo, projections.Options{PageSize: b.opts.PageSize},
		func(at eventstore.Position) {
			b.opts.Progress(Progress{Phase: PhaseCatchUp, Projections: []string{p.Name}, Position: at, Head: max(upTo, at)})
		})
}

func namesOf(parts []*part) []string {
	names := make([]string, len(parts))
	for i, p := range parts {
		names[i] = p.Name
	}
	return names
}

func without(parts []*part, gone *part) []*part {
	return slices.DeleteFunc(slices.Clone(parts), func(p *part) bool { return p == gone })
}

// notef tells something besides the progress.
func (b *Builder) notef(format string, args ...any) {
	b.opts.Progress(Progress{Note: fmt.Sprintf(format, args...)})
}
