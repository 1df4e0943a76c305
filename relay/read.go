package relay

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"

	"github.com/holdfast-dev/holdfast/eventstore"
	"github.com/holdfast-dev/holdfast/internal/idle"
	"github.com/holdfast-dev/holdfast/relay/envelope"
)

// batch is what is sent and acknowledged together.
type batch struct {
	first  eventstore.Position
	last   eventstore.Event
	events int
	topics []topicBatch
}

type topicBatch struct {
	name     string
	messages []*message.Message
}

// ErrLogChanged means that the log does not hold what the checkpoint says was
// sent: it has been restored from an older copy, or is another log.
var ErrLogChanged = errors.New("the log is not the one that was relayed")

// checkLog compares the log with the checkpoint before anything is sent.
func (t *tenure) checkLog(ctx context.Context) error {
	at := t.from.Position
	if at == 0 {
		return nil
	}
	if t.from.Head < at {
		return changed(at, "ends at %d", t.from.Head)
	}
	last, found, err := eventstore.At(ctx, t.log, at)
	if err != nil {
		return fmt.Errorf("compare the log with the checkpoint: %w", err)
	}
	if !found {
		return changed(at, "has no event there")
	}
	if !last.RecordedAt.Equal(t.from.EventAt) {
		return changed(at, "has an event there that was recorded at %s, and the one that was sent was recorded at %s",
			last.RecordedAt.Format(time.RFC3339Nano), t.from.EventAt.Format(time.RFC3339Nano))
	}
	return nil
}

func changed(at eventstore.Position, format string, args ...any) error {
	return fmt.Errorf("%w: position %d has been sent, and the log %s; "+
		"nothing is sent until the log is put right or the checkpoint is moved (holdfast relay seek)",
		ErrLogChanged, at, fmt.Sprintf(format, args...))
}

// read hands over everything after the checkpoint in batches, encoded, and
// reads the next one while the one before is under way.
func (t *tenure) read(ctx context.Context, batches chan<- batch) error {
	defer close(batches)
	after := t.from.Position
	pause := pauses{max: t.opts.MaxBackoff}
	for {
		began := time.Now()
		events, err := t.log.Read(ctx, after, t.opts.Batch)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			t.note(func(s *Status) { s.Err = err; s.Failures++ })
			t.opts.Logger.WarnContext(ctx, "cannot read the log; trying again", slog.Any("error", err))
			idle.For(ctx, pause.next())
			continue
		}
		pause.reset()
		if len(events) > 0 {
			b, err := t.encode(events)
			if err != nil {
				return err
			}
			select {
			case batches <- b:
			case <-ctx.Done():
				return ctx.Err()
			}
			after = b.last.Position
		}
		if len(events) < t.opts.Batch {
			idle.For(ctx, t.opts.Pace-time.Since(began))
			if err := t.log.Wait(ctx, after); err != nil {
				return err
			}
		}
	}
}

func (t *tenure) encode(events []eventstore.Event) (batch, error) {
	b := batch{first: events[0].Position, last: events[len(events)-1], events: len(events)}
	place := make(map[string]int, 1)
	for _, e := range events {
		m, err := envelope.Encode(e, envelope.Options{Source: t.opts.Source})
		if err != nil {
			return batch{}, err
		}
		topic := t.opts.Topics.Of(e.Stream)
		i, known := place[topic]
		if !known {
			i = len(b.topics)
			place[topic] = i
			b.topics = append(b.topics, topicBatch{name: topic, messages: make([]*message.Message, 0, len(events))})
		}
		b.topics[i].messages = append(b.topics[i].messages, m)
	}
	return b, nil
}
