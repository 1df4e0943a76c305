package kafka

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/IBM/sarama"
)

// TopicPolicy says what a topic is like that we create. Topics that are there
// are left as they are.
type TopicPolicy struct {
	// Partitions bound how many consumers can share the work. Default: the
	// cluster's. Adding some later moves streams to other partitions, and breaks
	// the order of those that are under way: choose enough.
	Partitions int32
	// Replication is on how many brokers each event is. Default: the cluster's.
	Replication int16
	// RetentionBytes is how much a partition keeps at least. Default: everything,
	// because consumers begin at the beginning.
	RetentionBytes int64
}

// EnsureTopics creates the topics that are not there. With a nil policy it creates nothing, and a topic that is not there is an
// error. It fails if no broker answers, or if this login may not create topics.
func EnsureTopics(s Settings, policy *TopicPolicy, topics ...string) error {
	if err := s.Check(); err != nil {
		return err
	}
	return s.ensureTopics(newDialer(dialPatience, 0), policy, topics...)
}

func (s Settings) ensureTopics(d *dialer, policy *TopicPolicy, topics ...string) (err error) {
	config := s.adminConfig()
	config.Net.Proxy.Enable, config.Net.Proxy.Dialer = true, d
	admin, err := sarama.NewClusterAdmin(s.Brokers, config)
	if err != nil {
		return fmt.Errorf("reach Kafka at %v: %w", s.Brokers, errors.Join(err, d.trouble()))
	}
	defer func() { err = errors.Join(err, admin.Close()) }()
	there, err := admin.DescribeTopics(topics)
	if err != nil {
		return fmt.Errorf("ask Kafka for its topics: %w", err)
	}
	for _, topic := range there {
		if err := s.ensureTopic(admin, policy, topic); err != nil {
			return err
		}
	}
	return nil
}

func (Settings) ensureTopic(admin sarama.ClusterAdmin, policy *TopicPolicy, topic *sarama.TopicMetadata) error {
	switch {
	case errors.Is(topic.Err, sarama.ErrNoError):
		return nil
	case !errors.Is(topic.Err, sarama.ErrUnknownTopicOrPartition):
		return fmt.Errorf("topic %s: %w", topic.Name, topic.Err)
	case policy == nil:
		return fmt.Errorf("topic %s is not there, and creating topics is switched off: create it", topic.Name)
	}
	err := admin.CreateTopic(topic.Name, policy.detail(), false)
	if err != nil && !errors.Is(err, sarama.ErrTopicAlreadyExists) {
		return fmt.Errorf("create topic %s: %w", topic.Name, err)
	}
	return nil
}

func (p TopicPolicy) detail() *sarama.TopicDetail {
	forEver := "-1"
	retained := forEver
	if p.RetentionBytes > 0 {
		retained = strconv.FormatInt(p.RetentionBytes, 10)
	}
	limit := strconv.Itoa(2 * MaxMessageBytes)
	detail := &sarama.TopicDetail{
		NumPartitions:     p.Partitions,
		ReplicationFactor: p.Replication,
		ConfigEntries: map[string]*string{
			"retention.ms": &forEver, "retention.bytes": &retained, "max.message.bytes": &limit,
		},
	}
	// The protocol's word for "as the cluster has it".
	if p.Partitions <= 0 {
		detail.NumPartitions = -1
	}
	if p.Replication <= 0 {
		detail.ReplicationFactor = -1
	}
	return detail
}
