package kafka

import (
	"errors"
	"sync"
	"time"

	"github.com/IBM/sarama"
)

// patientClient waits where Sarama's client gives up. Its producer fails a
// message for which it finds no leader, goes on with the next, and may find one
// for that: two events of a stream have changed places. Here looking for a
// leader takes as long as there is none, or until the client is closed.
type patientClient struct {
	sarama.Client
	dialer *dialer

	once sync.Once
	done chan struct{}
	err  error
}

// newPatientClient returns a client that closes done when it is closed.
func newPatientClient(inner sarama.Client, d *dialer, done chan struct{}) *patientClient {
	return &patientClient{Client: inner, dialer: d, done: done}
}

// RefreshMetadata implements [sarama.Client].
func (c *patientClient) RefreshMetadata(topics ...string) error {
	_, err := patiently(c, func() (struct{}, error) { return struct{}{}, c.Client.RefreshMetadata(topics...) })
	return err
}

// Leader implements [sarama.Client].
func (c *patientClient) Leader(topic string, partition int32) (*sarama.Broker, error) {
	return patiently(c, func() (*sarama.Broker, error) { return c.Client.Leader(topic, partition) })
}

// Partitions implements [sarama.Client].
func (c *patientClient) Partitions(topic string) ([]int32, error) {
	return patiently(c, func() ([]int32, error) { return c.Client.Partitions(topic) })
}

// patiently asks until there is an answer or the client is closed.
func patiently[T any](c *patientClient, ask func() (T, error)) (T, error) {
	for retries := 0; ; retries++ {
		answer, err := ask()
		if err == nil || errors.Is(err, sarama.ErrClosedClient) {
			return answer, err
		}
		c.dialer.note(err)
		timer := time.NewTimer(pauseBefore(retries, 0))
		select {
		case <-timer.C:
		case <-c.done:
			timer.Stop()
			return answer, sarama.ErrClosedClient
		}
	}
}

// Close ends whatever waits. Further calls do nothing.
func (c *patientClient) Close() error {
	c.once.Do(func() {
		close(c.done)
		c.err = c.Client.Close()
	})
	return c.err
}
