package sink

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"github.com/IBM/sarama"
)

// session is the time between two assignments of partitions.
type session struct {
	*member
	group  sarama.ConsumerGroupSession
	buffer *buffer
	goals  map[Partition]int64
	// ends are the high-water marks of the partitions, as they were last seen.
	ends map[Partition]*atomic.Int64

	// ctx ends with the session, or when it cannot go on.
	ctx    context.Context //nolint:containedctx // it has the life of the session
	cancel context.CancelFunc
	last   chan struct{} // closed when nothing more will be received
	done   chan struct{} // closed when all is written that will be
}

func newSession(m *member, group sarama.ConsumerGroupSession, starts map[Partition]start) *session {
	s := &session{
		member: m, group: group, goals: make(map[Partition]int64), ends: make(map[Partition]*atomic.Int64),
		buffer: newBuffer(limits{rows: m.sink.opts.MaxRows, bytes: m.sink.opts.MaxBytes}),
		last:   make(chan struct{}), done: make(chan struct{}),
	}
	s.ctx, s.cancel = context.WithCancel(group.Context())
	for p, begun := range starts {
		s.buffer.assign(p, begun.disk, begun.at)
		s.goals[p] = begun.goal
		s.ends[p] = new(atomic.Int64)
		s.ends[p].Store(begun.goal)
	}
	return s
}

// atOnce is how many messages are decoded at a time, at most.
const atOnce = 256

// receive buffers the messages of a partition until the session ends.
func (s *session) receive(claim sarama.ConsumerGroupClaim) error {
	p := Partition{Topic: claim.Topic(), Number: claim.Partition()}
	decode := decoder{
		partition: p, source: s.sink.opts.Source, replays: s.sink.opts.Replays, skip: s.sink.opts.Skip,
		most: min(atOnce, s.sink.opts.MaxRows), words: make(words),
	}
	for {
		deliveries, bad := decode.next(s.ctx, claim.Messages())
		if len(deliveries) > 0 {
			if err := s.buffer.add(s.ctx, p, deliveries); err != nil {
				return nil //nolint:nilerr // the session has ended; what was not taken is read again
			}
		}
		if bad != nil {
			s.end(bad)
			return bad
		}
		if len(deliveries) == 0 {
			return nil
		}
		s.ends[p].Store(claim.HighWaterMarkOffset())
		if s.sink.opts.Once {
			s.endWhenReached()
		}
	}
}

func (s *session) endWhenReached() {
	if s.buffer.reached(s.goals) {
		s.end(errDone)
	}
}

// finish returns when all that was received is written, or cannot be.
func (s *session) finish() {
	close(s.last)
	<-s.done
	s.cancel()
}

// writeBatches writes whenever a batch is full or old enough, and at the end
// of the session. It is the only one that uses the folder meanwhile.
func (s *session) writeBatches() {
	defer close(s.done)
	age := time.NewTimer(s.sink.opts.MaxAge)
	age.Stop()
	for ending := false; !ending; {
		select {
		case <-s.buffer.begun:
			age.Reset(s.sink.opts.MaxAge)
			continue
		case <-s.buffer.full:
		case <-age.C:
		case <-s.last:
			ending = true
		}
		if err := s.write(); err != nil {
			s.cancel()
			if !errors.Is(err, errOvertaken) {
				s.fault = err
				s.end(err)
			}
			return
		}
	}
}

// write makes what is in the buffer part of the dataset, and then commits it
// to the group. Others rely on the files alone; what the group has committed
// tells operators and their tools.
func (s *session) write() error {
	taken := s.buffer.take()
	if taken.empty() {
		return nil
	}
	// Also after the session: what was received is written before others go on.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(s.ctx), s.sink.opts.StopTimeout)
	defer cancel()
	began := time.Now()
	files, err := s.data.write(ctx, taken)
	if err != nil {
		s.sink.opts.Logger.Warn("events were not written", "events", len(taken.rows), "error", err)
		return err
	}
	s.sink.wrote(files, len(taken.rows), time.Since(began))
	for p, step := range taken.marks {
		s.group.MarkOffset(p.Topic, p.Number, step.to.Next, "")
	}
	s.group.Commit()
	return nil
}
