package sink

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/IBM/sarama"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/holdfast-dev/holdfast/eventstore"
	"github.com/holdfast-dev/holdfast/export/parquetrow"
	"github.com/holdfast-dev/holdfast/relay/envelope"
	"github.com/holdfast-dev/holdfast/relay/kafka"
)

// BadMessageError says that a message cannot be written, and where it stands.
// The sink stops there: whatever is before it is on disk, nothing behind it is
// read. Naming the place in [Options.Skip] leaves it out.
type BadMessageError struct {
	Place Place
	Err   error
}

// Error implements the error interface.
func (e *BadMessageError) Error() string {
	return fmt.Sprintf("topic %s, partition %d, offset %d: %v", e.Place.Partition.Topic, e.Place.Partition.Number, e.Place.Offset, e.Err)
}

// Unwrap returns what is wrong with the message.
func (e *BadMessageError) Unwrap() error { return e.Err }

// decoder turns messages of a partition into deliveries, at most so many at a
// time.
type decoder struct {
	partition Partition
	most      int
	source    string
	replays   bool
	skip      []Place
	words     words
}

// next waits for a message and returns it with what else has come, decoded:
// up to the one that cannot be. It returns nothing when there will be no more.
func (d decoder) next(ctx context.Context, messages <-chan *sarama.ConsumerMessage) ([]delivery, error) {
	var first *sarama.ConsumerMessage
	select {
	case first = <-messages:
	case <-ctx.Done():
	}
	if first == nil {
		return nil, nil
	}
	deliveries := make([]delivery, 0, min(1+len(messages), d.most))
	for m := first; m != nil; {
		delivered, err := d.decode(m)
		if err != nil {
			return deliveries, err
		}
		deliveries = append(deliveries, delivered)
		m = nil
		if len(deliveries) < d.most {
			select {
			case m = <-messages:
			default:
			}
		}
	}
	return deliveries, nil
}

// decode fails with a [BadMessageError].
func (d decoder) decode(m *sarama.ConsumerMessage) (delivery, error) {
	place := Place{Partition: d.partition, Offset: m.Offset}
	if len(d.skip) > 0 && slices.Contains(d.skip, place) {
		return delivery{offset: m.Offset, fate: skipped}, nil
	}
	received, err := kafka.Marshaler{}.Unmarshal(m)
	if err != nil {
		return delivery{}, &BadMessageError{Place: place, Err: err}
	}
	e, err := envelope.Decode(received)
	if err == nil {
		err = d.check(e)
	}
	if err != nil {
		return delivery{}, &BadMessageError{Place: place, Err: err}
	}
	if e.Replay && !d.replays {
		return delivery{offset: m.Offset, fate: replayed}, nil
	}
	return delivery{offset: m.Offset, row: d.rowOf(e)}, nil
}

// check refuses what would make a dataset wrong, or unreadable.
func (d decoder) check(e envelope.Envelope) error {
	if e.Source != d.source {
		return fmt.Errorf("event %d is of the log %s, not %s: positions of two logs cannot be told apart", e.Position, e.Source, d.source)
	}
	if !jsontext.Value(e.Payload).IsValid() {
		return fmt.Errorf("the payload of event %d is no valid JSON", e.Position)
	}
	return nil
}

// rowOf keeps nothing of the message, whose bytes are part of a whole response
// of the broker's.
func (d decoder) rowOf(e envelope.Envelope) parquetrow.Row {
	row := parquetrow.Of(eventstore.Event{
		Position: e.Position, Stream: e.Stream, Version: e.Version, Type: e.Type,
		Payload: bytes.Clone(e.Payload), RecordedAt: e.RecordedAt,
	}, e.Metadata)
	row.Category, row.Type, row.Command = d.words.of(row.Category), d.words.of(row.Type), d.words.of(row.Command)
	return row
}

// words are texts of which there are few: each is kept once.
type words map[string]string

// mostWords bounds what is kept; there are some twenty.
const mostWords = 1_000

func (w words) of(text string) string {
	if kept, known := w[text]; known {
		return kept
	}
	if len(w) < mostWords {
		w[text] = strings.Clone(text)
	}
	return text
}
