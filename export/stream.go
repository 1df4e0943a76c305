package export

import (
	"context"
	"io"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/holdfast-dev/holdfast/eventstore"
)

// output counts what has been written.
type output struct {
	io.Writer

	size int64
}

// Write implements [io.Writer].
func (o *output) Write(p []byte) (int, error) {
	n, err := o.Writer.Write(p)
	o.size += int64(n)
	return n, err
}

// ToStream writes the events of a selection to a stream that cannot be
// continued, such as standard output.
func ToStream(ctx context.Context, log Log, w io.Writer, opts Options) (Result, error) {
	encoder, err := newEncoder(opts)
	if err != nil {
		return Result{}, err
	}
	out := &output{Writer: w}
	if _, err := out.Write(encoder.opening()); err != nil {
		return Result{}, err
	}
	e := export{log: log, opts: opts, encoder: encoder, out: out}
	err = e.run(ctx)
	return Result{Progress: e.progress}, err
}

// export is one run from the log to an output.
type export struct {
	log     Log
	opts    Options
	encoder encoder
	out     *output
	// progress is where the run stands, to begin with where an earlier one stood.
	progress Progress
	// checkpoint, if there is one, is told of what has been written.
	checkpoint func(written) error
	// spare has batches that have been written.
	spare sync.Pool
}

// lull is how long a batch waits to be full while little is selected.
const lull = time.Second

// run reads and writes at the same time, and ends the output.
func (e *export) run(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	full := make(chan *batch, batches)
	group.Go(func() error {
		defer close(full)
		return e.read(ctx, full)
	})
	group.Go(func() error {
		for b := range full {
			if err := e.write(b); err != nil {
				return err
			}
			b.reset()
			e.spare.Put(b)
		}
		return nil
	})
	if err := group.Wait(); err != nil {
		return err
	}
	events, err := e.encoder.close(e.out)
	if err != nil {
		return err
	}
	e.advance(e.opts.Selection.UpTo, events)
	return nil
}

// empty returns a batch without events.
func (e *export) empty() *batch {
	if b, is := e.spare.Get().(*batch); is {
		return b
	}
	return &batch{encoder: e.encoder}
}

// read gathers the selected events in batches.
func (e *export) read(ctx context.Context, full chan<- *batch) error {
	r := reading{export: e, ctx: ctx, full: full, sent: time.Now()}
	selection := e.opts.Selection
	if e.encoder.independent() && !selection.Narrow() {
		return e.log.ScanPages(ctx, selection.After, selection.UpTo, r.page)
	}
	r.current = e.empty()
	if err := e.log.Select(ctx, selection, r.visit, r.passed); err != nil {
		return err
	}
	return r.send(r.current)
}

// reading is the reading half of an export.
type reading struct {
	*export

	ctx     context.Context //nolint:containedctx // lives as long as one call of read
	full    chan<- *batch
	current *batch
	sent    time.Time
}

// send hands a batch over.
func (r *reading) send(b *batch) error {
	select {
	case r.full <- b:
		r.sent = time.Now()
		return nil
	case <-r.ctx.Done():
		return r.ctx.Err()
	}
}

// page makes each page of the log one batch, full or not.
func (r *reading) page() eventstore.Page {
	b := r.empty()
	return eventstore.Page{Add: b.add, Done: func(last eventstore.Position) error {
		b.passed = last
		return r.send(b)
	}}
}

func (r *reading) visit(e eventstore.Event) error {
	if err := r.current.add(e); err != nil || !r.current.full {
		return err
	}
	return r.sendCurrent()
}

func (r *reading) sendCurrent() error {
	gathered := r.current
	r.current = r.empty()
	return r.send(gathered)
}

// passed makes sure that the other half hears of the search now and then.
func (r *reading) passed(position eventstore.Position) error {
	r.current.passed = position
	if time.Since(r.sent) < lull {
		return nil
	}
	if r.encoder.independent() {
		return r.sendCurrent()
	}
	notice := r.empty()
	notice.passed, notice.notice = position, true
	return r.send(notice)
}

// write writes one batch and says how far that has brought the export.
func (e *export) write(b *batch) error {
	if b.notice {
		e.advance(b.passed, 0)
		return nil
	}
	done, err := e.encoder.write(b, e.out)
	if err != nil {
		return err
	}
	e.advance(b.passed, done.events)
	if e.checkpoint == nil {
		return nil
	}
	return e.checkpoint(done)
}

func (e *export) advance(position eventstore.Position, events int64) {
	e.progress.Position = max(e.progress.Position, position)
	e.progress.Events += events
	e.progress.Bytes = e.out.size
	if e.opts.Progress != nil {
		e.opts.Progress(e.progress)
	}
}
