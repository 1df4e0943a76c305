package sink

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/IBM/sarama"

	"github.com/holdfast-dev/holdfast/relay/kafka"
)

// member is a sink in its consumer group.
type member struct {
	sink *Sink
	data *folder
	// end ends the sink for a reason.
	end context.CancelCauseFunc
	// fault is why received events were not written, to be read once the sessions
	// are over: what has ended the sink before does not hide it.
	fault error
}

const (
	firstPause   = 200 * time.Millisecond
	longestPause = 5 * time.Second
)

// run takes part in the group until ctx ends.
func (m *member) run(ctx context.Context) error {
	pause := firstPause
	for ctx.Err() == nil {
		began := time.Now()
		err := m.consume(ctx)
		if ctx.Err() != nil {
			return m.fault // of what else failed, whoever ended the context knows why
		}
		m.sink.trouble(err)
		if m.sink.opts.Once && err != nil {
			return err
		}
		if time.Since(began) > longestPause {
			pause = firstPause
		}
		m.sink.opts.Logger.WarnContext(ctx, "kafka cannot be read: trying again", "error", err, "pause", pause)
		select {
		case <-time.After(pause):
		case <-ctx.Done():
		}
		pause = min(2*pause, longestPause)
	}
	return m.fault
}

// consume connects and takes part until something fails.
func (m *member) consume(ctx context.Context) (err error) {
	config := m.sink.opts.Kafka.ConsumerConfig()
	// What is committed is what is on disk, so it is marked and committed by us.
	config.Consumer.Offsets.AutoCommit.Enable = false
	config.Consumer.Group.InstanceId = m.sink.opts.Instance
	config.Consumer.Group.Session.Timeout = m.sink.opts.SessionTimeout
	config.Consumer.Group.Heartbeat.Interval = m.sink.opts.SessionTimeout / 5
	// One that is not there yet is waited for, and named.
	if err := kafka.EnsureTopics(m.sink.opts.Kafka, nil, m.sink.opts.Topics...); err != nil {
		return err
	}
	client, err := sarama.NewClient(m.sink.opts.Kafka.Brokers, config)
	if err != nil {
		return fmt.Errorf("reach Kafka at %v: %w", m.sink.opts.Kafka.Brokers, err)
	}
	defer func() { err = errors.Join(err, client.Close()) }()
	group, err := sarama.NewConsumerGroupFromClient(m.sink.opts.Group, client)
	if err != nil {
		return fmt.Errorf("join the consumer group %s: %w", m.sink.opts.Group, err)
	}
	heard := make(chan struct{})
	go func() {
		defer close(heard)
		for err := range group.Errors() {
			m.sink.trouble(err)
			m.sink.opts.Logger.WarnContext(ctx, "kafka", "error", err)
		}
	}()
	defer func() {
		err = errors.Join(err, group.Close())
		<-heard
	}()
	for ctx.Err() == nil {
		// It returns without an error whenever the partitions are shared out again.
		if err := group.Consume(ctx, m.sink.opts.Topics, &handler{member: m, client: client}); err != nil {
			return err
		}
	}
	return nil
}

// handler is what Sarama calls during one session.
type handler struct {
	*member
	client  sarama.Client
	session *session
}

// Setup begins where the files end, whatever the group has committed.
func (h *handler) Setup(s sarama.ConsumerGroupSession) error {
	starts, err := h.starts(s)
	if err != nil {
		if s.Context().Err() == nil && !isKafkas(err) {
			h.end(err)
		}
		return err
	}
	h.session = newSession(h.member, s, starts)
	h.sink.enter(h.session)
	go h.session.writeBatches()
	if h.sink.opts.Once {
		h.session.endWhenReached()
	}
	return nil
}

// ConsumeClaim receives one partition until the session ends.
func (h *handler) ConsumeClaim(_ sarama.ConsumerGroupSession, claim sarama.ConsumerGroupClaim) error {
	return h.session.receive(claim)
}

// Cleanup writes what was received before the partitions go to others.
func (h *handler) Cleanup(sarama.ConsumerGroupSession) error {
	if h.session == nil {
		return nil // Setup has failed
	}
	h.session.finish()
	h.sink.leave(h.session)
	return nil
}
