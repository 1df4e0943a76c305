package main

import (
	"context"
	"log/slog"

	"github.com/holdfast-dev/holdfast/http"
	"github.com/holdfast-dev/holdfast/relay"
)

// openRelay makes the relay, if there are brokers. Whether it works or stands
// by is settled between all instances.
func (i *instance) openRelay(ctx context.Context) error {
	c := i.config.relay
	if c == nil {
		i.config.logger.InfoContext(ctx, "no Kafka brokers are given (KAFKA_BROKERS): events are not relayed by this instance")
		return nil
	}
	pool, err := i.openPool(ctx, relay.Role)
	if err != nil {
		return err
	}
	i.relay = relay.New(pool, i.log, c.connect, relay.Options{Topics: c.topics, Source: c.source, Logger: i.config.logger})
	i.registry.MustRegister(relayMetrics(i.relay.Status))
	i.config.logger.InfoContext(ctx, "events are relayed to Kafka by one of the instances",
		slog.Any("brokers", c.settings.Brokers), slog.String("topic", c.topics.Base))
	return nil
}

// relayFollower tells of the relay, and false where this instance has none.
func (i *instance) relayFollower() (http.Follower, bool) {
	if i.relay == nil {
		return http.Follower{}, false
	}
	status := i.relay.Status()
	trouble := status.Trouble
	if trouble == "" && status.Err != nil {
		trouble = status.Err.Error()
	}
	return http.Follower{Name: "relay", Position: int64(status.Position), Trouble: trouble}, true
}
