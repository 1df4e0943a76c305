package reactors

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/ThreeDotsLabs/watermill"
	watermillsql "github.com/ThreeDotsLabs/watermill-sql/v3/pkg/sql"
	"github.com/ThreeDotsLabs/watermill/message"

	"github.com/holdfast-dev/holdfast/internal/idle"
)

// worker is one instance's share in one reactor.
type worker struct {
	reactor Reactor
	log     Log
	db      *sql.DB
	letters message.Publisher
	opts    Options
	tally   *tally
}

// run works, or stands by while another instance does, until ctx ends.
func (w *worker) run(ctx context.Context) {
	failures := 0
	for {
		settled := w.tally.read().Settled
		err := w.round(ctx)
		if ctx.Err() != nil {
			return
		}
		if w.tally.read().Settled > settled {
			failures = 0
		}
		pause := backoff(failures, w.opts.MaxBackoff)
		failures++
		w.tally.worked(err)
		w.report(err, pause)
		idle.For(ctx, pause)
	}
}

// report tells operators of a failure.
func (w *worker) report(err error, pause time.Duration) {
	level := slog.LevelWarn
	if _, is := errors.AsType[*OffsetError](err); is {
		level = slog.LevelError
	}
	w.opts.Logger.Log(context.Background(), level, "reactor cannot go on; trying again",
		slog.String("reactor", w.reactor.Name), slog.Any("error", err), slog.Duration("retry_in", pause))
}

// round is one subscription, from its beginning until the reactor is to stop
// or cannot go on.
type round struct {
	*worker

	gate *gate
	// soft ends when no other message and no other try is to be begun; stop ends
	// it with the reason.
	soft context.Context //nolint:containedctx // it lives as long as the round
	stop context.CancelCauseFunc
	// hard ends when a handler under way is not waited for any longer.
	hard context.Context //nolint:containedctx // the same
}

// round subscribes and handles messages until ctx ends or something that the
// handler needs is away. Then the message under way is finished and its offset
// written, at most for the patience.
func (w *worker) round(ctx context.Context) error {
	soft, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	hard, kill := context.WithCancel(context.WithoutCancel(ctx))
	defer kill()
	r := &round{worker: w, gate: newGate(), soft: soft, stop: stop, hard: hard}
	router, err := r.router()
	if err != nil {
		return err
	}
	ended := make(chan error, 1)
	go func() { ended <- router.Run(hard) }()
	select {
	case err := <-ended:
		return fmt.Errorf("subscribe: %w", err)
	case <-router.Running():
	case <-soft.Done():
		kill()
		return <-ended
	}
	select {
	case err := <-ended:
		return err
	case <-soft.Done():
	}
	impatience := time.AfterFunc(w.opts.Patience, kill)
	defer impatience.Stop()
	r.gate.close(hard)
	if err := router.Close(); err != nil {
		w.opts.Logger.WarnContext(ctx, "a reactor's handler does not end; leaving it behind", "reactor", w.reactor.Name, "error", err)
	}
	return errors.Join(context.Cause(soft), <-ended)
}

// noDeadline is for ever: a message whose deadline passes is delivered again
// while its handler is still at work.
const noDeadline = 100 * 365 * 24 * time.Hour

// closePatience is how long the router waits for what the gate has not waited
// for: the goroutines around the handler.
const closePatience = time.Second

// router puts the reactor's handler behind a subscriber to the log.
func (r *round) router() (*message.Router, error) {
	deadline := noDeadline
	logger := watermill.NewSlogLoggerWithLevelMapping(r.opts.Logger.With("reactor", r.reactor.Name),
		map[slog.Level]slog.Level{slog.LevelInfo: slog.LevelDebug})
	from := &source{reactor: r.reactor}
	subscriber, err := watermillsql.NewSubscriber(r.db, watermillsql.SubscriberConfig{
		ConsumerGroup:  r.reactor.Name,
		AckDeadline:    &deadline,
		ResendInterval: 10 * time.Millisecond, // a nacked message only waits for the end of its round
		BackoffManager: &rhythm{ctx: r.soft, log: r.log, opts: r.opts, source: from, tally: r.tally, report: r.report},
		SchemaAdapter:  from,
		OffsetsAdapter: from,
	}, logger)
	if err != nil {
		return nil, fmt.Errorf("subscriber of %s: %w", r.reactor.Name, err)
	}
	router, err := message.NewRouter(message.RouterConfig{CloseTimeout: closePatience}, logger)
	if err != nil {
		return nil, fmt.Errorf("router of %s: %w", r.reactor.Name, err)
	}
	chain, err := r.chain()
	if err != nil {
		return nil, err
	}
	router.AddConsumerHandler(r.reactor.Name, "events", orderly{subscriber, r.hard, &sync.Once{}}, r.reactor.Handle).AddMiddleware(chain...)
	return router, nil
}

// orderly ends a subscription in order: what was acknowledged is committed. A
// router ends the context of its subscriptions as soon as it is closed, and
// that would roll it back.
type orderly struct {
	*watermillsql.Subscriber

	// hard is the context of subscriptions.
	hard    context.Context //nolint:containedctx // it lives as long as the round
	closing *sync.Once
}

// Subscribe implements [message.Subscriber].
func (o orderly) Subscribe(ctx context.Context, topic string) (<-chan *message.Message, error) {
	messages, err := o.Subscriber.Subscribe(o.hard, topic)
	context.AfterFunc(ctx, func() { _ = o.Close() }) // it returns nil
	return messages, err
}

// Close implements [message.Subscriber]. The router may call it once, and the
// end of its context does so too.
func (o orderly) Close() error {
	o.closing.Do(func() { _ = o.Subscriber.Close() }) // it returns nil
	return nil
}
