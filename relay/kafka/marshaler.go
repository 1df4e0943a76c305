package kafka

import (
	"github.com/IBM/sarama"
	wkafka "github.com/ThreeDotsLabs/watermill-kafka/v3/pkg/kafka"
	"github.com/ThreeDotsLabs/watermill/message"

	"github.com/holdfast-dev/holdfast/relay/envelope"
)

// Marshaler turns messages into Kafka's and back: Watermill's own form, with
// the stream as the key, and the place where a message stood noted for
// [envelope.Decode].
type Marshaler struct{}

var byPartitionKey = wkafka.NewWithPartitioningMarshaler(func(_ string, m *message.Message) (string, error) {
	return m.Metadata[envelope.HeaderPartitionKey], nil
})

// Marshal implements [wkafka.Marshaler].
func (Marshaler) Marshal(topic string, m *message.Message) (*sarama.ProducerMessage, error) {
	return byPartitionKey.Marshal(topic, m)
}

// Unmarshal implements [wkafka.Unmarshaler].
func (Marshaler) Unmarshal(received *sarama.ConsumerMessage) (*message.Message, error) {
	m, err := byPartitionKey.Unmarshal(received)
	if err != nil {
		return nil, err
	}
	envelope.Origin{Topic: received.Topic, Partition: received.Partition, Offset: received.Offset}.Note(m.Metadata)
	return m, nil
}
