package kafka

import (
	"fmt"
	"log/slog"

	"github.com/ThreeDotsLabs/watermill"
	wkafka "github.com/ThreeDotsLabs/watermill-kafka/v3/pkg/kafka"
	"github.com/ThreeDotsLabs/watermill/message"
)

// NewSubscriber returns Watermill's subscriber in a consumer group: one message
// of a partition is handed out at a time, in order, and again if it is nacked.
// Its messages are read with [envelope.Decode]. Close must be called.
func NewSubscriber(s Settings, group string, logger *slog.Logger) (message.Subscriber, error) {
	if err := s.Check(); err != nil {
		return nil, err
	}
	subscriber, err := wkafka.NewSubscriber(wkafka.SubscriberConfig{
		Brokers:               s.Brokers,
		Unmarshaler:           Marshaler{},
		OverwriteSaramaConfig: s.ConsumerConfig(),
		ConsumerGroup:         group,
	}, watermillLogger(logger))
	if err != nil {
		return nil, fmt.Errorf("subscribe to Kafka: %w", err)
	}
	return subscriber, nil
}

// watermillLogger keeps Watermill's steps out of our log: what it calls info
// happens with each connection.
func watermillLogger(logger *slog.Logger) watermill.LoggerAdapter {
	if logger == nil {
		return watermill.NopLogger{}
	}
	return watermill.NewSlogLoggerWithLevelMapping(logger, map[slog.Level]slog.Level{
		slog.LevelInfo: slog.LevelDebug,
	})
}
