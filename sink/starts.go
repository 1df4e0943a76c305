package sink

import (
	"errors"
	"fmt"

	"github.com/IBM/sarama"
)

// start is where a partition is read from, and how far it reached then.
type start struct {
	at Mark
	// disk is the offset at which the disk ends: before that, if there is a gap
	// that is allowed.
	disk int64
	goal int64
}

// kafkaError is one that passes when Kafka is back.
type kafkaError struct{ error }

// Unwrap returns what Kafka's client said.
func (e kafkaError) Unwrap() error { return e.error }

func isKafkas(err error) bool {
	_, is := errors.AsType[kafkaError](err)
	return is
}

// starts finds where the partitions of a session are read from, and seeks.
func (h *handler) starts(s sarama.ConsumerGroupSession) (map[Partition]start, error) {
	marks, err := h.data.marks(s.Context())
	if err != nil {
		return nil, err
	}
	starts := make(map[Partition]start)
	for topic, numbers := range s.Claims() {
		for _, number := range numbers {
			p := Partition{Topic: topic, Number: number}
			mark, known := marks[p]
			begun, err := h.start(p, mark, known)
			if err != nil {
				return nil, err
			}
			starts[p] = begun
			// One of them moves forward only, the other back only.
			s.MarkOffset(topic, number, begun.at.Next, "")
			s.ResetOffset(topic, number, begun.at.Next, "")
		}
	}
	return starts, nil
}

// start compares what is on disk with what the partition holds.
func (h *handler) start(p Partition, mark Mark, known bool) (start, error) {
	oldest, err := h.client.GetOffset(p.Topic, p.Number, sarama.OffsetOldest)
	if err != nil {
		return start{}, kafkaError{fmt.Errorf("%s: find its beginning: %w", p, err)}
	}
	newest, err := h.client.GetOffset(p.Topic, p.Number, sarama.OffsetNewest)
	if err != nil {
		return start{}, kafkaError{fmt.Errorf("%s: find its end: %w", p, err)}
	}
	switch {
	case !known:
		if oldest > 0 {
			h.sink.opts.Logger.Warn("the topic has lost its beginning, so the files begin later", "partition", p, "offset", oldest)
		}
		return start{at: Mark{Next: oldest}, disk: oldest, goal: newest}, nil
	case mark.Next > newest:
		return start{}, fmt.Errorf("topic %s, partition %d ends at offset %d, and the files reach up to %d: it is not the topic that was written to this folder; use another folder",
			p.Topic, p.Number, newest, mark.Next)
	case mark.Next >= oldest:
		return start{at: mark, disk: mark.Next, goal: newest}, nil
	case !h.sink.opts.AllowGap:
		return start{}, fmt.Errorf("topic %s, partition %d begins at offset %d, and the files reach up to %d: what is between was deleted before it was written; allow the gap to go on without it",
			p.Topic, p.Number, oldest, mark.Next)
	}
	h.sink.opts.Logger.Warn("messages were deleted before they were written, so the files lack them", "partition", p, "from", mark.Next, "to", oldest)
	return start{at: Mark{Next: oldest, Position: mark.Position}, disk: mark.Next, goal: newest}, nil
}
