package rebuild

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/errgroup"

	"github.com/holdfast-dev/holdfast/domain"
	"github.com/holdfast-dev/holdfast/domain/concert"
	"github.com/holdfast-dev/holdfast/domain/performance"
	"github.com/holdfast-dev/holdfast/eventstore"
	"github.com/holdfast-dev/holdfast/projections"
)

// oddError says that a part cannot be copied any further than it is: the steps
// that follow find out why.
type oddError struct {
	part *part
	err  error
}

// Error implements the error interface.
func (e *oddError) Error() string {
	return fmt.Sprintf("%s cannot be copied further: %v", e.part.Name, e.err)
}

// Unwrap returns what is odd.
func (e *oddError) Unwrap() error { return e.err }

// errEnoughOpen ends the copy of a part that keeps too many rows open.
var errEnoughOpen = errors.New("more rows are open than fit into the memory that is set for them")

// copyAll copies every part up to head. Parts that stand at the same position
// are copied together, so that the log is read once; those that are behind come
// first.
func (b *Builder) copyAll(ctx context.Context, parts []*part, head eventstore.Position) error {
	for {
		group, upTo := hindmost(parts, head)
		if len(group) == 0 {
			return nil
		}
		err := b.copyGroup(ctx, group, upTo)
		if odd, is := errors.AsType[*oddError](err); is {
			b.notef("%v: going on by steps", odd)
			odd.part.copying = false
			err = nil
		}
		if err != nil {
			return err
		}
		for _, p := range group {
			checkpoint, err := projections.ReadCheckpoint(ctx, b.pool, p.Name, b.opts.Place)
			if err != nil {
				return err
			}
			p.at = checkpoint.Position
		}
	}
}

// hindmost returns the parts that are furthest behind and the position that
// they have to themselves.
func hindmost(parts []*part, head eventstore.Position) (group []*part, upTo eventstore.Position) {
	for _, p := range parts {
		switch {
		case !p.copying || p.at >= head:
		case len(group) == 0 || p.at < group[0].at:
			group = []*part{p}
		case p.at == group[0].at:
			group = append(group, p)
		}
	}
	upTo = head
	for _, p := range parts {
		if len(group) > 0 && p.copying && p.at > group[0].at {
			upTo = min(upTo, p.at)
		}
	}
	return group, upTo
}

// fact is an event that has been decoded, or why it could not be.
type fact struct {
	eventstore.Event

	decoded domain.Event
	err     error
}

// factPage is how many facts are handed over at a time.
const factPage = 2_000

// chunk is what the group's parts add in one transaction.
type chunk struct {
	from, upTo eventstore.Position
	lastAt     time.Time
	parts      []projections.Chunk
}

// copyGroup copies parts that stand at one position. Reading with decoding,
// folding, and writing go on at the same time.
func (b *Builder) copyGroup(ctx context.Context, group []*part, upTo eventstore.Position) error {
	if err := b.load(ctx, group); err != nil {
		return err
	}
	from := group[0].at
	facts, chunks := make(chan []fact, 4), make(chan chunk, 1)
	stages, ctx := errgroup.WithContext(ctx)
	stages.Go(func() error {
		defer close(facts)
		return b.readFacts(ctx, from, upTo, facts)
	})
	stages.Go(func() error {
		defer close(chunks)
		return b.foldFacts(ctx, group, facts, chunks, upTo)
	})
	stages.Go(func() error {
		for c := range chunks {
			if err := b.write(ctx, group, c); err != nil {
				return err
			}
		}
		return nil
	})
	return stages.Wait()
}

// load starts the folds where the chunk before has left them.
func (b *Builder) load(ctx context.Context, group []*part) error {
	return pgx.BeginFunc(ctx, b.pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `SELECT set_config('search_path', $1, true)`, b.opts.Place); err != nil {
			return err
		}
		for _, p := range group {
			p.bulk = p.Bulk.New()
			if err := p.bulk.Load(ctx, tx); err != nil {
				return fmt.Errorf("read the open rows of %s: %w", p.Name, err)
			}
		}
		return nil
	})
}

// readFacts reads and decodes the events of a span of the log. It fails with
// [projections.ErrAhead] if the log does not have them all any more.
func (b *Builder) readFacts(ctx context.Context, after, upTo eventstore.Position, to chan<- []fact) error {
	page := make([]fact, 0, factPage)
	hand := func() error {
		select {
		case to <- page:
			page = make([]fact, 0, factPage)
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	at := after
	err := b.log.ScanFacts(ctx, after, upTo, func(e eventstore.Event) error {
		at = e.Position
		f := fact{Event: e}
		f.decoded, f.err = projections.Decode(e)
		switch f.decoded.(type) {
		case concert.Announced, performance.Scheduled:
			// These are written by pages, which read the payload.
			f.Payload = bytes.Clone(e.Payload)
		default:
			f.Payload = nil
		}
		page = append(page, f)
		if len(page) == cap(page) {
			return hand()
		}
		return nil
	})
	switch {
	case err != nil:
		return err
	case at < upTo:
		return fmt.Errorf("position %d is wanted, the log ends at %d: %w", upTo, at, projections.ErrAhead)
	}
	return hand()
}

// foldFacts folds facts into all parts and hands over a chunk after every so
// many. When a part comes upon something odd, what was folded before it in the
// same chunk is dropped.
func (b *Builder) foldFacts(
	ctx context.Context, group []*part, facts <-chan []fact, to chan<- chunk, upTo eventstore.Position,
) error {
	interested, names := interests(group), namesOf(group)
	next, at := chunk{from: group[0].at}, group[0].at
	for page := range facts {
		for _, f := range page {
			if err := apply(interested(f), f); err != nil {
				return err
			}
			at, next.lastAt = f.Position, f.RecordedAt
			if at-next.from < eventstore.Position(b.opts.ChunkSize) && at < upTo {
				continue
			}
			next.upTo = at
			if err := b.handOver(ctx, group, next, to); err != nil {
				return err
			}
			next = chunk{from: at}
		}
		b.opts.Progress(Progress{Phase: PhaseCopy, Projections: names, Position: at, Head: upTo})
	}
	return nil
}

// apply folds a fact into the parts that it is about.
func apply(parts []*part, f fact) error {
	for _, p := range parts {
		if f.err == nil {
			f.err = p.bulk.Apply(f.Event, f.decoded)
		}
		if f.err != nil {
			return &oddError{part: p, err: f.err}
		}
	}
	return nil
}

// handOver takes what the parts have and gives it to the writer.
func (b *Builder) handOver(ctx context.Context, group []*part, c chunk, to chan<- chunk) error {
	for _, p := range group {
		c.parts = append(c.parts, p.bulk.Flush())
	}
	select {
	case to <- c:
	case <-ctx.Done():
		return ctx.Err()
	}
	for _, p := range group {
		if p.bulk.Open() > b.opts.MaxOpen {
			return &oddError{part: p, err: errEnoughOpen}
		}
	}
	return nil
}

// interests returns who of a group folds a fact. What no aggregate knows is
// everybody's business.
func interests(group []*part) func(fact) []*part {
	known := make(map[string][]*part)
	return func(f fact) []*part {
		if who, is := known[f.Type]; is {
			return who
		}
		var who []*part
		for _, p := range group {
			if p.Folds(f.Type) || !projections.Known(f.Type) {
				who = append(who, p)
			}
		}
		known[f.Type] = who
		return who
	}
}
