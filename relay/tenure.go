package relay

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"
	"golang.org/x/sync/errgroup"

	"github.com/holdfast-dev/holdfast/eventstore"
	"github.com/holdfast-dev/holdfast/internal/idle"
)

// tenure is one epoch at work: three goroutines, of which one reads ahead, one
// sends, and one holds on to the lease. The first that fails ends all.
type tenure struct {
	*Relay
	lease     *lease
	from      Checkpoint
	publisher message.Publisher
	trouble   trouble
	moved     bool
}

// run works until ctx ends, which is no error, or it cannot go on.
func (t *tenure) run(ctx context.Context) (err error) {
	defer func() { err = errors.Join(err, t.leave(ctx, err)) }()
	if err := t.checkLog(ctx); err != nil {
		return err
	}
	if t.publisher, err = t.connect(); err != nil {
		return fmt.Errorf("connect to Kafka: %w", err)
	}
	working, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	// The lease is held to the end of the last batch, which may outlive ctx.
	renewing, stopRenewing := context.WithCancel(context.WithoutCancel(ctx))
	var renewal sync.WaitGroup
	renewal.Go(func() {
		if err := t.renew(renewing); err != nil {
			stop(err)
		}
	})
	err = t.work(working)
	stopRenewing()
	renewal.Wait()
	switch cause := context.Cause(working); {
	case !errors.Is(err, context.Canceled):
		return err
	case ctx.Err() != nil:
		return nil
	default:
		return cause
	}
}

// leavePatience bounds the good-bye.
const leavePatience = 2 * time.Second

// leave gives the lease back. After an error that another instance would find
// too it leaves word of that instead, and lets the lease run out: the pause of
// this one is everybody's.
func (t *tenure) leave(ctx context.Context, err error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), leavePatience)
	defer cancel()
	if err == nil {
		return t.lease.release(ctx)
	}
	if _, renewing := t.lease.renew(ctx, note{err.Error(), forever}); !errors.Is(renewing, ErrFenced) {
		return renewing
	}
	return nil
}

// work sends everything after the checkpoint, and closes the publisher.
func (t *tenure) work(ctx context.Context) error {
	// Closing ends a Publish that would wait for Kafka to come back.
	closed := make(chan error, 1)
	unblock := context.AfterFunc(ctx, func() { closed <- t.publisher.Close() })
	batches := make(chan batch, 1)
	reading, stop := context.WithCancel(ctx)
	defer stop()
	var group errgroup.Group
	group.Go(func() error { return t.read(reading, batches) })
	err := t.send(ctx, batches)
	stop()
	if failed := group.Wait(); !errors.Is(failed, context.Canceled) {
		err = errors.Join(err, failed)
	}
	if unblock() {
		closed <- t.publisher.Close()
	}
	if closing := <-closed; closing != nil {
		t.opts.Logger.WarnContext(ctx, "left Kafka before it had acknowledged everything; that will be sent again",
			slog.Any("error", closing))
	}
	return err
}

// send publishes batches in order and moves the checkpoint behind each.
func (t *tenure) send(ctx context.Context, batches <-chan batch) error {
	for {
		var b batch
		var more bool
		select {
		case b, more = <-batches:
		case <-ctx.Done():
			return ctx.Err()
		}
		if !more {
			return nil // the reader says why
		}
		if err := t.publish(ctx, b); err != nil {
			return err
		}
		if err := t.advance(ctx, b.last); err != nil {
			return err
		}
		t.moved = true
		t.note(func(s *Status) {
			s.Position, s.Head, s.Trouble, s.Err = b.last.Position, max(s.Head, b.last.Position), "", nil
			s.Published += int64(b.events)
		})
	}
}

// publish sends a batch until it is acknowledged.
func (t *tenure) publish(ctx context.Context, b batch) error {
	pause := pauses{max: t.opts.MaxBackoff}
	for {
		t.trouble.begin(b.first)
		err := t.sendTopics(b)
		if err == nil {
			t.trouble.end()
			return nil
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		t.trouble.failed(err)
		t.note(func(s *Status) { s.Err, s.Trouble = err, err.Error(); s.Failures++ })
		wait := pause.next()
		t.opts.Logger.WarnContext(ctx, "cannot publish; trying again", slog.Any("error", err), slog.Duration("retry_in", wait),
			slog.Int64("from", int64(b.first)), slog.Int64("to", int64(b.last.Position)))
		if !idle.For(ctx, wait) {
			return ctx.Err()
		}
	}
}

// sendTopics publishes to all topics of a batch at once. A stream is in one of
// them, so its order does not suffer.
func (t *tenure) sendTopics(b batch) error {
	if len(b.topics) == 1 {
		return t.publisher.Publish(b.topics[0].name, b.topics[0].messages...)
	}
	var group errgroup.Group
	for _, topic := range b.topics {
		group.Go(func() error { return t.publisher.Publish(topic.name, topic.messages...) })
	}
	return group.Wait()
}

// advance moves the checkpoint. What is acknowledged is worth a moment even
// when ctx has ended: it is not sent twice then.
func (t *tenure) advance(ctx context.Context, to eventstore.Event) error {
	pause := pauses{max: t.opts.MaxBackoff}
	for {
		moving, cancel := context.WithTimeout(context.WithoutCancel(ctx), leavePatience)
		err := t.lease.advance(moving, to)
		cancel()
		if err == nil || errors.Is(err, ErrFenced) {
			return err
		}
		if ctx.Err() != nil {
			return err
		}
		t.note(func(s *Status) { s.Err = err; s.Failures++ })
		t.opts.Logger.WarnContext(ctx, "cannot move the checkpoint; trying again", slog.Any("error", err))
		if !idle.For(ctx, pause.next()) {
			return ctx.Err()
		}
	}
}
