package relay_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/eventstore"
	"github.com/holdfast-dev/holdfast/relay"
)

func TestRepublishSendsAPartAgain(t *testing.T) {
	t.Parallel()
	f, broker := newFixture(t), startBroker(t)
	f.grow(t, 2600)
	f.start(t, connectTo(broker.Addr()), relay.Options{})
	f.awaitCheckpoint(t, 2600)
	publisher, err := connectTo(broker.Addr())()
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, publisher.Close()) })

	var reached []eventstore.Position
	again := relay.Republisher{
		Log: f.log, Publisher: publisher, Topic: relay.DefaultTopic,
		Progress: func(at eventstore.Position) { reached = append(reached, at) },
	}
	n, err := again.Run(t.Context(), relay.Selection{From: 101, To: 2500, Stream: "odd-3"})
	require.NoError(t, err)
	require.EqualValues(t, 240, n)
	require.Equal(t, []eventstore.Position{1100, 2100, 2500}, reached)
	all := records(t, broker, relay.DefaultTopic)
	requireLog(t, all, 2600, 240)
	replays := 0
	for _, record := range all {
		for _, h := range record.Headers {
			if h.Key == "ce_replay" {
				require.Equal(t, "true", string(h.Value))
				require.Equal(t, "odd-3", string(record.Key))
				replays++
			}
		}
	}
	require.Equal(t, 240, replays)
	require.EqualValues(t, 2600, f.checkpoint(t).Position, "the checkpoint does not know of it")
}

// interrupted is a log that ends a context when it is read from a position on.
type interrupted struct {
	*eventstore.Log

	at        eventstore.Position
	interrupt context.CancelFunc
}

func (l interrupted) Read(ctx context.Context, after eventstore.Position, limit int) ([]eventstore.Event, error) {
	events, err := l.Log.Read(ctx, after, limit)
	if after == l.at {
		l.interrupt()
	}
	return events, err
}

func TestRepublishEndsWhenItIsToldToWhileKafkaIsAway(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.grow(t, 1500)
	fake := &fakeKafka{}
	publisher, err := fake.connect()
	require.NoError(t, err)
	ctx, interrupt := context.WithCancel(t.Context())
	again := relay.Republisher{
		Log: interrupted{f.log, 1000, interrupt}, Publisher: publisher, Topic: relay.DefaultTopic,
		Progress: func(eventstore.Position) { fake.hang = make(chan struct{}) },
	}
	_, err = again.Run(ctx, relay.Selection{From: 1, To: 1500})
	require.ErrorIs(t, err, context.Canceled)
	require.ErrorContains(t, err, "everything up to position 1000 is sent")
	require.Len(t, fake.positions(), 1000)
}

func TestRepublishOnlyCountsWithoutAPublisher(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.grow(t, 50)
	count := relay.Republisher{Log: f.log}
	n, err := count.Run(t.Context(), relay.Selection{From: 1, To: 1000})
	require.NoError(t, err)
	require.EqualValues(t, 50, n)
	n, err = count.Run(t.Context(), relay.Selection{From: 1, To: 1000, Type: "other.v1"})
	require.NoError(t, err)
	require.Zero(t, n)
	require.Zero(t, f.checkpoint(t).Epoch)
}

func TestSeekMovesTheCheckpointOfNobody(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	_, err := relay.Seek(t.Context(), f.pool, "kafka", 0)
	require.ErrorContains(t, err, `no checkpoint "kafka"`)
	f.grow(t, 100)
	fake := &fakeKafka{}
	_, stop := f.start(t, fake.connect, relay.Options{})
	f.awaitCheckpoint(t, 100)
	_, err = relay.Seek(t.Context(), f.pool, "kafka", 50)
	require.ErrorIs(t, err, relay.ErrHeld)
	stop()
	_, err = relay.Seek(t.Context(), f.pool, "kafka", 101)
	require.ErrorContains(t, err, "position 101 is not in the log, which ends at 100")
	c, err := relay.Seek(t.Context(), f.pool, "kafka", 60)
	require.NoError(t, err)
	require.EqualValues(t, 40, c.Lag())
	f.start(t, fake.connect, relay.Options{})
	f.awaitCheckpoint(t, 100)
	require.Len(t, fake.positions(), 140)
	require.EqualValues(t, 61, fake.positions()[100])
}
