package devstack

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kgo"
)

func startStack(t *testing.T, opts Options) *Stack {
	t.Helper()
	stack, err := Start(t.Context(), opts)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, stack.Close()) })
	return stack
}

func kafkaClient(t *testing.T, brokers []string, opts ...kgo.Opt) *kgo.Client {
	t.Helper()
	client, err := kgo.NewClient(append(opts, kgo.SeedBrokers(brokers...), kgo.AllowAutoTopicCreation())...)
	require.NoError(t, err)
	t.Cleanup(client.Close)
	return client
}

func TestStackKeepsItsDataBetweenRuns(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(folderForServers(t), "data")
	first := startStack(t, Options{DataDir: dir})
	query(t, first.DatabaseURL, "CREATE TABLE kept AS SELECT 'row' AS word")
	producer := kafkaClient(t, first.KafkaBrokers)
	require.NoError(t, producer.ProduceSync(t.Context(), &kgo.Record{Topic: "kept", Value: []byte("message")}).FirstErr())
	producer.Close()
	options, err := redis.ParseURL(first.RedisURL)
	require.NoError(t, err)
	require.NoError(t, redisClient(t, options.Addr).Ping(t.Context()).Err())

	_, err = Start(t.Context(), Options{DataDir: dir})
	require.EqualError(t, err, "data folder "+dir+" is in use by another process: stop that one, or choose another folder (HOLDFAST_DATA_DIR)")

	require.NoError(t, first.Close())
	require.NoError(t, first.Close(), "closing again is harmless")
	second := startStack(t, Options{DataDir: dir})
	require.Equal(t, []string{"row"}, query(t, second.DatabaseURL, "SELECT word FROM kept"))
	consumer := kafkaClient(t, second.KafkaBrokers, kgo.ConsumeTopics("kept"))
	fetches := consumer.PollFetches(t.Context())
	require.NoError(t, fetches.Err())
	require.Equal(t, "message", string(fetches.Records()[0].Value))
}

func TestStackSaysWhatItChose(t *testing.T) {
	t.Parallel()
	stack := startStack(t, Options{})
	require.Len(t, stack.Choices, 3)
	require.Contains(t, stack.Choices[0].String(), "postgres: PostgreSQL ")
	require.Contains(t, stack.Choices[1].String(), "redis: ")
	require.Contains(t, stack.Choices[2].String(), "kafka: a broker inside this process on ")
}

func TestStackUsesWhatItIsGiven(t *testing.T) {
	t.Parallel()
	stack := startStack(t, Options{DatabaseURL: "postgres://db/x", RedisURL: "redis://cache", KafkaBrokers: []string{"broker:9092"}})
	require.Equal(t, "postgres://db/x", stack.DatabaseURL)
	require.Equal(t, "redis://cache", stack.RedisURL)
	require.Equal(t, []string{"broker:9092"}, stack.KafkaBrokers)
	require.Empty(t, stack.Failed())
}

func TestStackReportsAServiceThatEnds(t *testing.T) {
	t.Parallel()
	stack := startStack(t, Options{RedisURL: "redis://cache", KafkaBrokers: []string{"broker:9092"}})
	// Whether the answer comes before the end is a matter of luck.
	_, _ = tryQuery(t.Context(), stack.DatabaseURL, `COPY (SELECT 1) TO PROGRAM 'kill -QUIT $(head -n 1 postmaster.pid)'`)
	select {
	case err := <-stack.Failed():
		require.EqualError(t, err, "postgres ended by itself")
	case <-time.After(10 * time.Second):
		require.Fail(t, "the end of postgres was not reported")
	}
}
