package kafka

import (
	"cmp"
	"sync"
	"time"

	"github.com/IBM/sarama"
	metrics "github.com/rcrowley/go-metrics"
	"github.com/xdg-go/scram"
)

// protocol is the version that is spoken: every broker from 2.8 on knows it,
// the 4.x ones too. It is set because what Sarama assumes without it is older
// than an idempotent producer needs.
var protocol = sarama.V2_8_0_0

const (
	dialPatience = 5 * time.Second
	// manyRetries is as good as for ever: at the longest pause, three hours.
	// Sarama keeps a few words for each, so it cannot be without a bound; past
	// it the batch fails as a whole, and is sent again.
	manyRetries = 10_000
	firstPause  = 50 * time.Millisecond
	longestWait = time.Second
	// MaxMessageBytes bounds a message with its headers, and what is sent to a
	// partition at a time. Every broker takes as much unless it has been told
	// not to.
	MaxMessageBytes = 1 << 20
)

// noMeters switches Sarama's own meters off, once: they belong to the whole
// process, cost time with each request, and leave a goroutine behind for good.
var noMeters sync.Once

// base is what all clients have in common.
func (s Settings) base() *sarama.Config {
	noMeters.Do(func() { metrics.UseNilMetrics = true })
	c := sarama.NewConfig()
	c.ClientID = cmp.Or(s.ClientID, "holdfast")
	c.Version = protocol
	c.Net.DialTimeout = dialPatience
	c.Net.ReadTimeout = 30 * time.Second
	c.Net.WriteTimeout = 10 * time.Second
	c.Net.KeepAlive = 30 * time.Second
	c.Net.TLS.Enable = s.TLS != nil
	c.Net.TLS.Config = s.TLS
	if s.SASL.Mechanism != "" {
		c.Net.SASL.Enable = true
		c.Net.SASL.Mechanism = sarama.SASLMechanism(s.SASL.Mechanism)
		c.Net.SASL.User = s.SASL.Username
		c.Net.SASL.Password = s.SASL.Password
		c.Net.SASL.SCRAMClientGeneratorFunc = conversationWith(scram.SHA256)
		if s.SASL.Mechanism == ScramSHA512 {
			c.Net.SASL.SCRAMClientGeneratorFunc = conversationWith(scram.SHA512)
		}
	}
	// Only what we use: clusters are large, and what we may not see is denied.
	c.Metadata.Full = false
	c.Metadata.AllowAutoTopicCreation = false
	return c
}

// ProducerConfig returns the configuration of a producer that loses nothing
// and turns nothing round. Changing any of it needs the tests with a broker
// that fails: each line has cost events where it was different.
func (s Settings) ProducerConfig() *sarama.Config {
	c := s.base()
	c.Producer.RequiredAcks = sarama.WaitForAll
	c.Producer.Idempotent = true
	c.Net.MaxOpenRequests = 1
	c.Producer.Partitioner = sarama.NewHashPartitioner
	c.Producer.Retry.Max = manyRetries
	c.Producer.Retry.Backoff = firstPause
	c.Producer.Retry.BackoffFunc = pauseBefore
	c.Metadata.Retry.Max = 0 // patientClient tries again
	c.Producer.MaxMessageBytes = MaxMessageBytes
	c.Producer.Compression = compressions[cmp.Or(s.Compression, "none")]
	c.Producer.Return.Successes = true
	c.Producer.Return.Errors = true
	return c
}

// pauseBefore doubles the pause with each retry up to a second.
func pauseBefore(retries, _ int) time.Duration {
	if retries >= 5 {
		return longestWait
	}
	return firstPause << max(retries, 0)
}

// ConsumerConfig returns the configuration of a consumer in a group. It begins
// at the beginning, and never takes what a producer has not had acknowledged.
// Offsets that were marked are committed every second; turn AutoCommit off to
// commit them yourself.
func (s Settings) ConsumerConfig() *sarama.Config {
	c := s.base()
	c.Consumer.Offsets.Initial = sarama.OffsetOldest
	c.Consumer.Offsets.AutoCommit.Enable = true
	c.Consumer.Offsets.AutoCommit.Interval = time.Second
	c.Consumer.IsolationLevel = sarama.ReadCommitted
	c.Consumer.Group.Rebalance.GroupStrategies = []sarama.BalanceStrategy{sarama.NewBalanceStrategySticky()}
	c.Consumer.Return.Errors = true
	c.Consumer.Fetch.Default = 4 << 20
	c.Consumer.MaxWaitTime = 250 * time.Millisecond
	return c
}

// adminConfig is for what is asked once: its errors are wanted soon.
func (s Settings) adminConfig() *sarama.Config {
	c := s.base()
	c.Metadata.Full = true // it has no topic yet to ask for
	c.Metadata.Retry.Max = 1
	c.Admin.Retry.Max = 1
	c.Admin.Timeout = 10 * time.Second
	return c
}
