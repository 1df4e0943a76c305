package kafka

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/IBM/sarama"
)

// producer is one of Sarama's, which can be left even while it retries.
type producer struct {
	client *patientClient
	sync   sarama.SyncProducer

	mu      sync.Mutex
	closing bool
	// sending counts batches under way. Sarama's producer must not be closed
	// while somebody hands messages to it: that is a panic.
	sending sync.WaitGroup
	once    sync.Once
	err     error
}

func newProducer(s Settings, d *dialer) (*producer, error) {
	config := s.ProducerConfig()
	config.Net.Proxy.Enable, config.Net.Proxy.Dialer = true, d
	left := make(chan struct{})
	config.Producer.Retry.BackoffFunc = func(retries, most int) time.Duration {
		select {
		case <-left:
			return 0 // all messages are being returned, with a pause after each
		default:
			return pauseBefore(retries, most)
		}
	}
	inner, err := sarama.NewClient(s.Brokers, config)
	if err != nil {
		return nil, fmt.Errorf("reach Kafka: %w", err)
	}
	client := newPatientClient(inner, d, left)
	syncProducer, err := sarama.NewSyncProducerFromClient(client)
	if err != nil {
		return nil, fmt.Errorf("reach Kafka: %w", errors.Join(err, client.Close()))
	}
	return &producer{client: client, sync: syncProducer}, nil
}

// send returns when all messages are acknowledged, or at least one is not.
func (p *producer) send(batch []*sarama.ProducerMessage) error {
	p.mu.Lock()
	if p.closing {
		p.mu.Unlock()
		return ErrClosed
	}
	p.sending.Add(1)
	p.mu.Unlock()
	defer p.sending.Done()
	err := p.sync.SendMessages(batch)
	if failed, is := errors.AsType[sarama.ProducerErrors](err); is && len(failed) > 0 {
		return fmt.Errorf("%d were not acknowledged, the first: %w", len(failed), failed[0].Err)
	}
	return err
}

// lastPatience bounds what is left to do once the client is gone: a pause
// between two retries, at the most.
const lastPatience = 3 * time.Second

// close waits for what is under way and ends the producer. What is retried does
// not end while no broker answers; without its client it fails at once.
func (p *producer) close(patience time.Duration) error {
	p.once.Do(func() {
		p.mu.Lock()
		p.closing = true
		p.mu.Unlock()
		if !within(patience, p.sending.Wait) {
			p.err = errors.Join(ErrAbandoned, p.client.Close())
			if !within(lastPatience, p.sending.Wait) {
				return
			}
		}
		within(lastPatience, func() { _ = p.sync.Close() }) // always nil
		p.err = errors.Join(p.err, p.client.Close())
	})
	return p.err
}

// within reports whether do has returned in time.
func within(patience time.Duration, do func()) bool {
	done := make(chan struct{})
	go func() {
		defer close(done)
		do()
	}()
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case <-done:
		return true
	case <-timer.C:
		return false
	}
}
