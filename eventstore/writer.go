package eventstore

import (
	"context"
	"encoding/json"
	"fmt"
	"runtime/debug"
	"time"
)

// Writer executes commands on a log, in groups. A process has one; any number
// of processes may write to the same log. It is safe for concurrent use.
type Writer[S State] struct {
	log    *Log
	model  Model[S]
	opts   WriterOptions
	cache  *cache[S]
	loader *loader[S]
	link   link

	queue   chan *pending[S]
	callers callers
	stopped chan struct{}

	// Known to the writing goroutine only.
	head    end
	company company
	madeUp  int64 // see group.makeUp
}

// WriterOptions configure a [Writer]. The zero value is right for production.
type WriterOptions struct {
	// GroupLimit bounds the commands of one group. Default 1024.
	GroupLimit int
	// CacheLimit bounds the states kept in memory, and what a place for one takes
	// (about a hundred bytes) is set aside from the start. Default 200,000.
	CacheLimit int
	// Timeout bounds each exchange with the database, the wait for the append
	// lock included. Default 5 s.
	Timeout time.Duration
	// OnGroup is called after each group by the writing goroutine, for metrics.
	OnGroup func(GroupStats)
}

// GroupStats describe one group that was written.
type GroupStats struct {
	// Commands that the group answered, refusals included.
	Commands int
	// Events that it appended.
	Events int
	// Duration from closing the group to its verdict.
	Duration time.Duration
	// Way is how it was written.
	Way Way
}

// Way is a way to write a group, which depends on what other processes do.
type Way string

// Ways.
const (
	// Alone: nobody else writes, so the writer knows where the group belongs.
	Alone Way = "alone"
	// Placed: others write, but change nothing that the group was decided on. The
	// database puts it behind what they have appended.
	Placed Way = "placed"
	// Locked: others may change what groups are decided on, so that this one was
	// decided under the append lock.
	Locked Way = "locked"
)

func (o WriterOptions) withDefaults() WriterOptions {
	if o.GroupLimit <= 0 {
		o.GroupLimit = 1024
	}
	if o.CacheLimit <= 0 {
		o.CacheLimit = 200_000
	}
	if o.Timeout <= 0 {
		o.Timeout = 5 * time.Second
	}
	if o.OnGroup == nil {
		o.OnGroup = func(GroupStats) {}
	}
	return o
}

// maxAttempts bounds how often a command is decided before the writer has all
// it reads. Each attempt fetches what was missing, so a command needs as many
// as its reads depend on each other in steps.
const maxAttempts = 16

// NewWriter starts a writer on a log. Close must be called, before the log's.
func NewWriter[S State](log *Log, model Model[S], opts WriterOptions) (*Writer[S], error) {
	opts = opts.withDefaults()
	memory, err := newCache(opts.CacheLimit, model)
	if err != nil {
		return nil, fmt.Errorf("writer's memory: %w", err)
	}
	w := &Writer[S]{
		log: log, model: model, opts: opts, cache: memory, head: nowhere,
		link:    link{config: log.pool.Config().ConnConfig, timeout: opts.Timeout, logger: log.opts.Logger},
		queue:   make(chan *pending[S], 4*opts.GroupLimit),
		callers: callers{gone: make(chan struct{})},
		stopped: make(chan struct{}),
	}
	w.loader = newLoader(log.pool, model, memory, opts.Timeout)
	go w.run()
	return w, nil
}

// Close takes no more commands, answers those that were taken, and returns when
// that is done or ctx ends; then it goes on by itself. It may be called again.
func (w *Writer[S]) Close(ctx context.Context) error {
	w.callers.shut()
	select {
	case <-w.stopped:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("close the writer: %w", ctx.Err())
	}
}

// pending is a command on its way through the writer.
type pending[S State] struct {
	ctx      context.Context //nolint:containedctx // the request's, for its end
	cmd      *Command[S]
	metadata []byte
	// tx and refusal are the latest decision. If it may rest on what a group
	// has staged, within is that group, and it is worthless outside: versions
	// count, they do not identify.
	tx      *Tx[S]
	refusal error
	within  *group[S]
	verdict chan verdict
	settled bool
}

// settle gives the command its verdict. Only the first counts. It is for the
// writing goroutine.
func (p *pending[S]) settle(v verdict) {
	if !p.settled {
		p.settled = true
		p.verdict <- v
	}
}

// verdict is what became of a pending command. Missing keys mean that it has to
// be decided again when they are in memory.
type verdict struct {
	receipt Receipt
	err     error
	missing []key
}

// Execute runs a command and returns when its outcome is durable. It returns
//
//   - a receipt, if Decide accepted, or if the key says that it already had;
//   - the error of Decide, after confirming that what it was decided on stood;
//   - [ErrInvalidEvent], [ErrKeyReused], [ErrContention] or [ErrClosed]: nothing
//     was written;
//   - [ErrUnavailable] (with ctx's error, if that was it): the outcome is unknown.
func (w *Writer[S]) Execute(ctx context.Context, cmd Command[S]) (Receipt, error) {
	if !w.callers.enter() {
		return Receipt{}, ErrClosed
	}
	defer w.callers.leave()
	if err := checkMetadata(cmd.Metadata); err != nil {
		return Receipt{}, err
	}
	metadata, err := json.Marshal(cmd.Metadata)
	if err != nil {
		return Receipt{}, fmt.Errorf("metadata of the command: %w", err)
	}
	for attempt := range maxAttempts {
		p := &pending[S]{ctx: ctx, cmd: &cmd, metadata: metadata, verdict: make(chan verdict, 1)}
		missing := p.decide(w.cache, w.log.Clock())
		if missing == nil {
			v := w.submit(p)
			if v.missing == nil {
				return v.receipt, v.err
			}
			missing = v.missing
		}
		if attempt == 0 {
			// Whatever else it may read, in the same look-up. Not before it is
			// known that it gets that far: most of a rush is refused on states
			// that everybody shares.
			missing = append(missing, hints(&cmd)...)
		}
		if err := w.loader.ensure(ctx, missing); err != nil {
			return Receipt{}, err
		}
	}
	return Receipt{}, ErrContention
}

// hints are the keys that a command says it will read.
func hints[S State](cmd *Command[S]) []key {
	keys := make([]key, 0, len(cmd.Streams)+len(cmd.Tags))
	for _, stream := range cmd.Streams {
		keys = append(keys, key{name: stream})
	}
	for _, tag := range cmd.Tags {
		keys = append(keys, key{name: tag, tag: true})
	}
	return keys
}

func (p *pending[S]) keyed() bool { return p.cmd.Key.ID != [16]byte{} }

// decide runs the command's decision on a view of the log at a time, and
// returns the keys that the view lacks.
func (p *pending[S]) decide(v view[S], now time.Time) (missing []key) {
	p.tx = newTx(v, now)
	p.refusal = p.attempt()
	if p.refusal == nil {
		p.refusal = checkEvents(p.tx.events)
	}
	if p.refusal != nil {
		p.tx.events = nil
	}
	return p.tx.missing
}

// attempt runs the decision. A panic concerns that command alone, not those of
// the same group, nor the process.
func (p *pending[S]) attempt() (err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("decision panicked: %v\n%s", cause, debug.Stack())
		}
	}()
	return p.cmd.Decide(p.tx)
}

// submit hands a decided command to the writing goroutine and waits for its
// verdict, which comes: the writing goroutine does not end before the last caller
// has left.
func (w *Writer[S]) submit(p *pending[S]) verdict {
	select {
	case w.queue <- p:
	case <-p.ctx.Done():
		return verdict{err: fmt.Errorf("queue for the log: %w: %w", ErrUnavailable, p.ctx.Err())}
	}
	select {
	case v := <-p.verdict:
		return v
	case <-p.ctx.Done():
		return verdict{err: fmt.Errorf("await the log's verdict: %w: %w", ErrUnavailable, p.ctx.Err())}
	}
}
