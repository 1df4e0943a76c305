package relay

import (
	"context"
	"fmt"

	"github.com/ThreeDotsLabs/watermill/message"

	"github.com/holdfast-dev/holdfast/eventstore"
	"github.com/holdfast-dev/holdfast/relay/envelope"
)

// Selection is a part of the log.
type Selection struct {
	// From and To are the first and the last position.
	From, To eventstore.Position
	// Stream and Type, unless empty, are those of the events that are meant.
	Stream string
	Type   string
}

func (s Selection) has(e eventstore.Event) bool {
	return (s.Stream == "" || e.Stream == s.Stream) && (s.Type == "" || e.Type == s.Type)
}

// republishPage is how many events are read and sent at a time.
const republishPage = 1_000

// Republisher sends a part of the log again, marked as a replay. It neither
// knows nor moves a checkpoint, so the relay does not notice.
type Republisher struct {
	// Log is read.
	Log interface {
		Read(ctx context.Context, after eventstore.Position, limit int) ([]eventstore.Event, error)
	}
	// Publisher sends, unless it is nil: then events are only counted.
	Publisher message.Publisher
	// Topic that they are sent to.
	Topic string
	// Source is the CloudEvents source. Default "/holdfast".
	Source string
	// Progress, unless it is nil, is told the position that has been reached.
	Progress func(eventstore.Position)
}

// Run sends what is selected, in order, and returns how many events that were.
// It stops with the first error, which names the position up to which all is
// sent: begin after it to go on. Where the log ends before the selection does,
// so does Run.
//
// If ctx ends, Run closes the publisher, as nothing else ends a batch that waits
// for Kafka to come back.
func (r Republisher) Run(ctx context.Context, selected Selection) (sent int64, err error) {
	if r.Publisher != nil {
		stop := context.AfterFunc(ctx, func() { _ = r.Publisher.Close() })
		defer stop()
	}
	after := max(selected.From, 1) - 1
	for after < selected.To {
		limit := int(min(int64(selected.To-after), republishPage))
		events, err := r.Log.Read(ctx, after, limit)
		if err == nil {
			var n int
			n, err = r.send(selected, events)
			sent += int64(n)
		}
		if err != nil {
			if ctx.Err() != nil {
				err = ctx.Err()
			}
			return sent, fmt.Errorf("everything up to position %d is sent, then: %w", after, err)
		}
		if len(events) > 0 {
			after = events[len(events)-1].Position
		}
		if r.Progress != nil {
			r.Progress(after)
		}
		if len(events) < limit {
			return sent, nil
		}
	}
	return sent, nil
}

func (r Republisher) send(selected Selection, events []eventstore.Event) (int, error) {
	messages := make([]*message.Message, 0, len(events))
	for _, e := range events {
		if !selected.has(e) {
			continue
		}
		m, err := envelope.Encode(e, envelope.Options{Source: r.Source, Replay: true})
		if err != nil {
			return 0, err
		}
		messages = append(messages, m)
	}
	if r.Publisher == nil || len(messages) == 0 {
		return len(messages), nil
	}
	return len(messages), r.Publisher.Publish(r.Topic, messages...)
}
