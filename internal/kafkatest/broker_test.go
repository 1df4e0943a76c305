package kafkatest_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/holdfast-dev/holdfast/internal/kafkatest"
)

const topic = "events"

func produce(t *testing.T, broker *kafkatest.Broker, values ...string) {
	t.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(broker.Addrs()...), kgo.AllowAutoTopicCreation())
	require.NoError(t, err)
	defer client.Close()
	for _, value := range values {
		record := &kgo.Record{Topic: topic, Key: []byte(value), Value: []byte(value)}
		require.NoError(t, client.ProduceSync(t.Context(), record).FirstErr())
	}
}

func values(records []*kafkatest.Record) map[string]int {
	counts := map[string]int{}
	for _, record := range records {
		counts[string(record.Value)]++
	}
	return counts
}

func TestABrokerKeepsWhatItAcknowledged(t *testing.T) {
	t.Parallel()
	for kind, start := range kafkatest.Kinds() {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			broker := start(t)
			require.Empty(t, broker.Records(topic))
			want, words := map[string]int{}, []string{}
			for i := range 20 {
				words = append(words, fmt.Sprint("word ", i))
				want[words[i]] = 1
			}
			address := broker.Addrs()
			produce(t, broker, words[:10]...)
			broker.Kill()
			broker.Restart()
			produce(t, broker, words[10:]...)

			require.Equal(t, address, broker.Addrs())
			records := broker.Records(topic)
			require.Equal(t, want, values(records))
			partitions := map[int32]int64{}
			for _, record := range records {
				require.Equal(t, partitions[record.Partition], record.Offset)
				partitions[record.Partition]++
			}
			require.Len(t, partitions, kafkatest.Partitions)
		})
	}
}

func TestBrokersAreApart(t *testing.T) {
	t.Parallel()
	first, second := kafkatest.InProcess(t), kafkatest.InProcess(t)
	produce(t, first, "word")
	require.Empty(t, second.Records(topic))
	require.False(t, first.Real())
}
