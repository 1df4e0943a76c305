package relay_test

import (
	"context"
	"os"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/holdfast-dev/holdfast/eventstore"
	"github.com/holdfast-dev/holdfast/internal/farbroker"
	"github.com/holdfast-dev/holdfast/internal/pgtest"
	"github.com/holdfast-dev/holdfast/relay"
	"github.com/holdfast-dev/holdfast/relay/kafka"
)

func TestMain(m *testing.M) {
	if os.Getenv(childDatabase) != "" {
		runChild()
		return
	}
	pgtest.Main(m)
}

// patience bounds what a test waits for. It is reached only by a test that
// fails.
const patience = 30 * time.Second

// fixture is a log, and what a relay of it needs.
type fixture struct {
	databaseURL string
	pool        *pgxpool.Pool // as the relay
	owner       *pgxpool.Pool // as whoever fills the log
	log         *eventstore.Log
}

func newFixture(t *testing.T) *fixture {
	t.Helper()
	f := &fixture{databaseURL: pgtest.New(t)}
	var err error
	f.owner, err = pgxpool.New(t.Context(), f.databaseURL)
	require.NoError(t, err)
	t.Cleanup(f.owner.Close)
	f.pool, f.log = open(t, f.databaseURL)
	return f
}

func open(t *testing.T, databaseURL string) (*pgxpool.Pool, *eventstore.Log) {
	t.Helper()
	pool, err := eventstore.Connect(t.Context(), databaseURL, relay.Role)
	require.NoError(t, err)
	t.Cleanup(pool.Close)
	log, err := eventstore.Open(t.Context(), pool, eventstore.Options{AllowUnsafe: true, PollInterval: 20 * time.Millisecond})
	require.NoError(t, err)
	t.Cleanup(log.Close)
	return pool, log
}

// grow appends n events, spread over ten streams of two categories.
func (f *fixture) grow(t testing.TB, n int) {
	t.Helper()
	_, err := f.owner.Exec(t.Context(), `
		INSERT INTO holdfast.events (position, version, recorded_at, stream, type, payload, metadata)
		SELECT p, (p - 1) / 10 + 1, clock_timestamp(), CASE WHEN p % 10 < 5 THEN 'odd-' ELSE 'even-' END || p % 10, 'tested.v1',
			json_build_object('n', p, 'padding', repeat('x', 200)), '{"actor":"user:u"}'
		FROM (SELECT coalesce(max(position), 0) AS head FROM holdfast.events) h, generate_series(head + 1, head + $1) p
		ORDER BY p`, n)
	require.NoError(t, err)
}

// start runs a relay until the returned function is called, or the test ends.
func (f *fixture) start(t *testing.T, connect relay.Connect, opts relay.Options) (*relay.Relay, func()) {
	t.Helper()
	r := relay.New(f.pool, f.log, connect, opts)
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	var running sync.WaitGroup
	running.Go(func() { r.Run(ctx) })
	stop := sync.OnceFunc(func() { cancel(); running.Wait() })
	t.Cleanup(stop)
	return r, stop
}

// checkpoint returns the relay's checkpoint, the zero value before there is one.
func (f *fixture) checkpoint(t testing.TB) relay.Checkpoint {
	t.Helper()
	all, err := relay.Checkpoints(context.WithoutCancel(t.Context()), f.owner)
	require.NoError(t, err)
	if len(all) == 0 {
		return relay.Checkpoint{}
	}
	return all[0]
}

func (f *fixture) awaitCheckpoint(t *testing.T, position int) {
	t.Helper()
	require.Eventually(t, func() bool { return f.checkpoint(t).Position >= eventstore.Position(position) }, patience, 5*time.Millisecond,
		"the checkpoint moves to %d", position)
}

func startBroker(t *testing.T) *farbroker.Broker {
	t.Helper()
	broker, err := farbroker.Start()
	require.NoError(t, err)
	t.Cleanup(broker.Close)
	return broker
}

func connectTo(brokers ...string) relay.Connect {
	return func() (message.Publisher, error) {
		return kafka.NewPublisher(kafka.Settings{Brokers: brokers}, kafka.PublisherOptions{
			Create: &kafka.TopicPolicy{Partitions: 4, Replication: 1}, CloseTimeout: 2 * time.Second,
		})
	}
}

// records returns what a topic holds, partition by partition.
func records(t *testing.T, broker *farbroker.Broker, topic string) []*kgo.Record {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	client, err := kgo.NewClient(kgo.SeedBrokers(broker.Addr()), kgo.ConsumeTopics(topic), kgo.FetchMaxWait(50*time.Millisecond))
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

// requireLog fails unless the records are the log's first n events, at first
// occurrence in the order of their stream, with at most so many sent twice.
func requireLog(t *testing.T, all []*kgo.Record, n, duplicates int) {
	t.Helper()
	seen := map[int]bool{}
	last := map[string]int{}
	for _, record := range all {
		var position int
		for _, h := range record.Headers {
			if h.Key == "ce_id" {
				var err error
				position, err = strconv.Atoi(string(h.Value))
				require.NoError(t, err)
			}
		}
		if seen[position] {
			continue
		}
		seen[position] = true
		require.Greater(t, position, last[string(record.Key)], "stream %s out of order", record.Key)
		last[string(record.Key)] = position
	}
	require.Len(t, seen, n, "events that arrived")
	require.LessOrEqual(t, len(all)-n, duplicates, "events that were sent twice")
}
