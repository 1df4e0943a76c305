package kafka

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/IBM/sarama"
	wkafka "github.com/ThreeDotsLabs/watermill-kafka/v3/pkg/kafka"
	"github.com/ThreeDotsLabs/watermill/message"
)

var (
	// ErrClosed means that the publisher has been closed. Whether messages that
	// were under way have arrived is unknown.
	ErrClosed = errors.New("kafka publisher closed")
	// ErrAbandoned means that Close has left messages behind that no broker had
	// acknowledged in time.
	ErrAbandoned = errors.New("kafka did not acknowledge what was under way")
)

// UnsendableError says that a message can never be sent as it is. Nothing of
// its batch was.
type UnsendableError struct {
	// Index is the message's place in the batch.
	Index int
	UUID  string
	Err   error
}

// Error implements the error interface.
func (e *UnsendableError) Error() string { return fmt.Sprintf("message %s: %v", e.UUID, e.Err) }

// Unwrap returns why.
func (e *UnsendableError) Unwrap() error { return e.Err }

// PublisherOptions configure a [Publisher]. The zero value is right where
// topics are made by somebody else.
type PublisherOptions struct {
	// Create makes topics that are not there, unless it is nil: then they are
	// waited for, with an error that names them.
	Create *TopicPolicy
	// CloseTimeout is how long Close waits for what is under way. Default 5 s.
	CloseTimeout time.Duration
}

// Publisher sends batches. It is a Watermill publisher and safe for concurrent
// use; batches of different calls may be acknowledged in any order.
type Publisher struct {
	settings  Settings
	opts      PublisherOptions
	marshaler wkafka.Marshaler
	dialer    *dialer

	mu       sync.Mutex
	producer *producer // nil until it is needed, and after an error
	topics   map[string]bool
	closed   bool
}

// NewPublisher returns a publisher that connects with its first batch: the
// brokers may come later. Close must be called.
func NewPublisher(s Settings, opts PublisherOptions) (*Publisher, error) {
	if err := s.Check(); err != nil {
		return nil, err
	}
	if opts.CloseTimeout <= 0 {
		opts.CloseTimeout = 5 * time.Second
	}
	return &Publisher{
		settings: s, opts: opts, marshaler: Marshaler{}, topics: map[string]bool{},
		dialer: newDialer(dialPatience, s.base().Net.KeepAlive),
	}, nil
}

// Publish sends messages and returns when all of them are acknowledged. An
// error at once means that the brokers could not be reached, that the topic is
// not there, or that a message is an [UnsendableError]; then nothing was sent.
// Once something is under way it waits through whatever happens to the brokers,
// for hours; [Publisher.Trouble] tells why meanwhile, and Close ends it.
func (p *Publisher) Publish(topic string, messages ...*message.Message) error {
	if len(messages) == 0 {
		return nil
	}
	batch, err := p.marshal(topic, messages)
	if err != nil {
		return err
	}
	producer, err := p.open(topic)
	if err != nil {
		return err
	}
	if err := producer.send(batch); err != nil {
		p.discard(producer)
		return fmt.Errorf("publish %d messages to %s: %w", len(messages), topic, err)
	}
	return nil
}

func (p *Publisher) marshal(topic string, messages []*message.Message) ([]*sarama.ProducerMessage, error) {
	batch := make([]*sarama.ProducerMessage, len(messages))
	for i, m := range messages {
		marshaled, err := p.marshaler.Marshal(topic, m)
		if err == nil && marshaled.ByteSize(2) > MaxMessageBytes {
			err = fmt.Errorf("%d bytes with headers, and a message may have %d", marshaled.ByteSize(2), MaxMessageBytes)
		}
		if err != nil {
			return nil, &UnsendableError{Index: i, UUID: m.UUID, Err: err}
		}
		batch[i] = marshaled
	}
	return batch, nil
}

// open returns the producer, and first sees that the topic is there and opens
// a producer if there is none.
func (p *Publisher) open(topic string) (*producer, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return nil, ErrClosed
	}
	if p.producer != nil && p.topics[topic] {
		return p.producer, nil
	}
	// Here and not in Sarama's producer, which waits for ever for everything:
	// also for a topic that nobody will make.
	if err := p.settings.ensureTopics(p.dialer, p.opts.Create, topic); err != nil {
		return nil, err
	}
	p.topics[topic] = true
	if p.producer != nil {
		return p.producer, nil
	}
	producer, err := newProducer(p.settings, p.dialer)
	if err != nil {
		return nil, err
	}
	p.producer = producer
	return producer, nil
}

// discard closes a producer that has failed. The next batch gets a fresh one,
// and looks for its topic again.
func (p *Publisher) discard(failed *producer) {
	p.mu.Lock()
	if p.producer == failed {
		p.producer = nil
		clear(p.topics)
	}
	p.mu.Unlock()
	_ = failed.close(p.opts.CloseTimeout) // the batch's own error says more
}

// Trouble is why the last connection to a broker failed, nil if it did not.
func (p *Publisher) Trouble() error { return p.dialer.trouble() }

// Close waits for what is under way, at most for the time-out, and then gives
// it up with [ErrAbandoned]. Further calls do nothing.
func (p *Publisher) Close() error {
	p.mu.Lock()
	producer := p.producer
	p.closed, p.producer = true, nil
	p.mu.Unlock()
	if producer == nil {
		return nil
	}
	return producer.close(p.opts.CloseTimeout)
}
