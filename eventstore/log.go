package eventstore

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
)

// Log is the reading side of the event store, and what a [Writer] writes to.
// It is safe for concurrent use.
type Log struct {
	pool   *pgxpool.Pool
	opts   Options
	clock  clock
	signal *signal

	stop    context.CancelFunc
	stopped sync.WaitGroup
}

// Options configure a [Log]. The zero value is right for production.
type Options struct {
	// AllowUnsafe lets the log work on a database server that may lose what it
	// has acknowledged. Only for databases that are thrown away.
	AllowUnsafe bool
	// PollInterval is how long readers wait for a notification before they
	// look for themselves. Default 500 ms. A lost notification costs no more.
	PollInterval time.Duration
	// AnswerTimeout bounds each read of a page, and of the head: a connection to
	// a machine that has lost its power is silent for a quarter of an hour, until
	// TCP gives up. Default 10 s.
	AnswerTimeout time.Duration
	// Logger gets warnings about lost connections. Default: discarded.
	Logger *slog.Logger
}

func (o Options) withDefaults() Options {
	if o.AnswerTimeout <= 0 {
		o.AnswerTimeout = answerTimeout
	}
	if o.PollInterval <= 0 {
		o.PollInterval = 500 * time.Millisecond
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return o
}

// Head is the end of the log at a moment.
type Head struct {
	// Position of the last event, 0 for an empty log.
	Position Position
	// Now is the store's clock at that moment.
	Now time.Time
}

// Open starts reading the log in the database of pool, which should come from
// [Connect] with [RoleAppender]. It fails with [ErrNotDurable] on a server
// whose durability is switched off, and if the log has not been migrated.
// Close must be called; the pool stays the caller's.
func Open(ctx context.Context, pool *pgxpool.Pool, opts Options) (*Log, error) {
	l := &Log{pool: pool, opts: opts.withDefaults()}
	if !opts.AllowUnsafe {
		if err := checkDurability(ctx, pool); err != nil {
			return nil, err
		}
	}
	head, err := l.Head(ctx)
	if err != nil {
		return nil, fmt.Errorf("open the log: %w", err)
	}
	l.signal = newSignal(head.Position)
	listening, stop := context.WithCancel(context.WithoutCancel(ctx))
	l.stop = stop
	l.stopped.Go(func() { l.listen(listening) })
	return l, nil
}

// Close stops listening for appends and returns when that has ended.
func (l *Log) Close() {
	l.stop()
	l.stopped.Wait()
}

// Clock estimates the store's time at this moment without asking it. It is
// good for showing and for deciding on probation, within milliseconds; what is
// recorded is judged by the store itself.
func (l *Log) Clock() time.Time { return l.clock.now() }

// headQuery reads where the log ends, and the time that an append would be
// recorded at: the server's clock, but never before the last event.
const headQuery = `
SELECT coalesce(max(e.position), 0), greatest(clock_timestamp(), max(e.recorded_at))
FROM (SELECT position, recorded_at FROM holdfast.events ORDER BY position DESC LIMIT 1) e`

// Head returns the end of the log.
func (l *Log) Head(ctx context.Context) (Head, error) {
	ctx, cancel := context.WithTimeout(ctx, l.opts.AnswerTimeout)
	defer cancel()
	var head Head
	if err := l.pool.QueryRow(ctx, headQuery).Scan(&head.Position, &head.Now); err != nil {
		return Head{}, unavailable("read the head of the log", err)
	}
	head.Now = head.Now.UTC()
	l.clock.set(head.Now)
	return head, nil
}
