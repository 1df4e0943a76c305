package main

import (
	"errors"
	"fmt"
	"regexp"

	"github.com/ThreeDotsLabs/watermill/message"

	"github.com/holdfast-dev/holdfast/relay"
	"github.com/holdfast-dev/holdfast/relay/kafka"
)

// topicFlags say where events go, and how.
type topicFlags struct {
	KafkaTopic            string `env:"KAFKA_TOPIC" default:"holdfast.events" placeholder:"NAME" help:"Topic of all events (default holdfast.events)."`
	KafkaTopicPerCategory bool   `env:"KAFKA_TOPIC_PER_CATEGORY" help:"A topic for each kind of stream in place of one: holdfast.events.seat …"`

	sendFlags
}

func (f topicFlags) check() error {
	if err := checkTopic("--kafka-topic", f.KafkaTopic); err != nil {
		return err
	}
	return f.sendFlags.check()
}

func (f topicFlags) topics() relay.Topics {
	return relay.Topics{Base: f.KafkaTopic, PerCategory: f.KafkaTopicPerCategory}
}

// aTopic is what Kafka allows, less the room for a category.
var aTopic = regexp.MustCompile(`^[a-zA-Z0-9._-]{1,200}$`)

func checkTopic(flag, name string) error {
	if !aTopic.MatchString(name) || name == "." || name == ".." {
		return fmt.Errorf("%s %q is not 1 to 200 letters, digits, dots, dashes and underscores", flag, name)
	}
	return nil
}

// sendFlags say how events are sent, to whatever topic.
type sendFlags struct {
	KafkaCreateTopics bool   `env:"KAFKA_CREATE_TOPICS" default:"true" negatable:"" help:"Create topics that are not there (default on)."`
	KafkaPartitions   int32  `env:"KAFKA_PARTITIONS" default:"12" placeholder:"N" help:"Partitions of a topic that is created (default 12). Adding some later breaks the order of streams."`
	KafkaReplication  int16  `env:"KAFKA_REPLICATION" default:"-1" placeholder:"N" help:"On how many brokers a topic is that is created; -1 leaves it to the cluster (default -1)."`
	KafkaCompression  string `env:"KAFKA_COMPRESSION" enum:"none,gzip,snappy,lz4,zstd" default:"none" placeholder:"CODEC" help:"Compression of what is sent: none, gzip, snappy, lz4 or zstd (default none)."`
	KafkaSource       string `env:"KAFKA_SOURCE" default:"/holdfast" placeholder:"URI" help:"Names this log in the messages (default /holdfast). Two logs in one topic need two."`
}

func (f sendFlags) check() error {
	switch {
	case f.KafkaPartitions < 1 && f.KafkaPartitions != -1:
		return fmt.Errorf("--kafka-partitions must be 1 or more, or -1 for the cluster's default, not %d", f.KafkaPartitions)
	case f.KafkaReplication < 1 && f.KafkaReplication != -1:
		return fmt.Errorf("--kafka-replication must be 1 or more, or -1 for the cluster's default, not %d", f.KafkaReplication)
	case f.KafkaSource == "":
		return errors.New("--kafka-source must not be empty")
	}
	return nil
}

func (f sendFlags) policy() *kafka.TopicPolicy {
	if !f.KafkaCreateTopics {
		return nil
	}
	return &kafka.TopicPolicy{Partitions: f.KafkaPartitions, Replication: f.KafkaReplication}
}

// settings are those of a link that is sent over. It reads the files that the
// link's flags name.
func (f sendFlags) settings(link kafkaLinkFlags, brokers []string) (kafka.Settings, error) {
	settings, err := link.linkTo(brokers)
	settings.Compression = f.KafkaCompression
	return settings, err
}

// relayConfig is what an instance needs to relay.
type relayConfig struct {
	settings kafka.Settings
	topics   relay.Topics
	policy   *kafka.TopicPolicy
	source   string
}

// relayConfigOf is nil without brokers: then nothing is relayed.
func relayConfigOf(brokers []string, link kafkaLinkFlags, topic topicFlags) (*relayConfig, error) {
	if len(brokers) == 0 {
		return nil, nil //nolint:nilnil // no brokers, no relay, no fault
	}
	settings, err := topic.settings(link, brokers)
	if err != nil {
		return nil, err
	}
	return &relayConfig{settings: settings, topics: topic.topics(), policy: topic.policy(), source: topic.KafkaSource}, nil
}

// checkRelaying says what is wrong with the flags of a relay. It reads no file.
func checkRelaying(brokers []string, link kafkaLinkFlags, topic topicFlags) error {
	if len(brokers) == 0 {
		return topic.check()
	}
	return errors.Join(link.checkLink(brokers), topic.check())
}

// connect implements [relay.Connect].
func (c *relayConfig) connect() (message.Publisher, error) {
	return kafka.NewPublisher(c.settings, kafka.PublisherOptions{Create: c.policy})
}
