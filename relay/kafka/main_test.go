package kafka_test

import (
	"context"
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
	"go.uber.org/goleak"

	"github.com/holdfast-dev/holdfast/eventstore"
	"github.com/holdfast-dev/holdfast/internal/farbroker"
	"github.com/holdfast-dev/holdfast/relay/envelope"
	"github.com/holdfast-dev/holdfast/relay/kafka"
)

func TestMain(m *testing.M) {
	// Sarama's circuit breakers end by themselves, after ten seconds.
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("github.com/eapache/go-resiliency/breaker.(*Breaker).timer"))
}

const topic = "holdfast.events"

var patience = 30 * time.Second

func startBroker(t *testing.T) *farbroker.Broker {
	t.Helper()
	broker, err := farbroker.Start()
	require.NoError(t, err)
	t.Cleanup(broker.Close)
	return broker
}

func settings(broker *farbroker.Broker) kafka.Settings {
	return kafka.Settings{Brokers: []string{broker.Addr()}}
}

func newPublisher(t *testing.T, s kafka.Settings) *kafka.Publisher {
	t.Helper()
	publisher, err := kafka.NewPublisher(s, kafka.PublisherOptions{
		Create: &kafka.TopicPolicy{Partitions: 4, Replication: 1}, CloseTimeout: 2 * time.Second,
	})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, publisher.Close()) })
	return publisher
}

// messages are events from one position to another, spread over ten streams.
func messages(t *testing.T, from, to int) []*message.Message {
	t.Helper()
	var batch []*message.Message
	for position := from; position <= to; position++ {
		m, err := envelope.Encode(eventstore.Event{
			Position: eventstore.Position(position), Stream: "seat-p-" + strconv.Itoa(position%10),
			Version: eventstore.Version(position/10 + 1), Type: "seat.held.v1",
			Payload: fmt.Appendf(nil, `{"n":%d,"padding":"%0200d"}`, position, 0), Metadata: []byte(`{}`), RecordedAt: time.Now(),
		}, envelope.Options{})
		require.NoError(t, err)
		batch = append(batch, m)
	}
	return batch
}

// records returns what the topic holds, partition by partition, read by
// another client than the one that wrote it.
func records(t *testing.T, brokers []string) []*kgo.Record {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	client, err := kgo.NewClient(kgo.SeedBrokers(brokers...), kgo.ConsumeTopics(topic), kgo.FetchMaxWait(50*time.Millisecond))
	require.NoError(t, err)
	defer client.Close()
	ends, err := kadm.NewClient(client).ListEndOffsets(ctx, topic)
	require.NoError(t, err)
	missing := int64(0)
	ends.Each(func(end kadm.ListedOffset) { missing += end.Offset })
	var all []*kgo.Record
	for int64(len(all)) < missing {
		fetches := client.PollFetches(ctx)
		require.NoError(t, fetches.Err())
		all = append(all, fetches.Records()...)
	}
	return all
}

func header(record *kgo.Record, name string) string {
	for _, h := range record.Headers {
		if h.Key == name {
			return string(h.Value)
		}
	}
	return ""
}

// requireExactly fails unless the records are the positions 1 to n, each once,
// and in order within each stream.
func requireExactly(t *testing.T, all []*kgo.Record, n int) {
	t.Helper()
	seen := map[string]bool{}
	last := map[string]int{}
	for _, record := range all {
		id := header(record, "ce_id")
		require.False(t, seen[id], "position %s twice", id)
		seen[id] = true
		position, err := strconv.Atoi(id)
		require.NoError(t, err)
		stream := string(record.Key)
		require.Equal(t, header(record, "ce_subject"), stream)
		require.Greater(t, position, last[stream], "stream %s out of order", stream)
		last[stream] = position
	}
	require.Len(t, all, n)
}
