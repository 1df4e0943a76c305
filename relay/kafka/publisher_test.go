package kafka_test

import (
	"net"
	"strings"
	"testing"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/eventstore"
	"github.com/holdfast-dev/holdfast/relay/envelope"
	"github.com/holdfast-dev/holdfast/relay/kafka"
)

func TestBatchesArriveInOrderByKey(t *testing.T) {
	t.Parallel()
	broker := startBroker(t)
	publisher := newPublisher(t, settings(broker))
	require.NoError(t, publisher.Publish(topic, messages(t, 1, 1000)...))
	require.NoError(t, publisher.Publish(topic))
	require.NoError(t, publisher.Publish(topic, messages(t, 1001, 1001)...))
	all := records(t, []string{broker.Addr()})
	requireExactly(t, all, 1001)
	partitions := map[int32]bool{}
	for _, record := range all {
		partitions[record.Partition] = true
	}
	require.Greater(t, len(partitions), 1, "keys are spread")
}

func TestABrokerThatIsCutInMidBatchGetsEverythingOnceAndInOrder(t *testing.T) {
	t.Parallel()
	broker := startBroker(t)
	publisher := newPublisher(t, settings(broker))
	require.NoError(t, publisher.Publish(topic, messages(t, 1, 100)...))
	// A batch is some 500 kB: each connection dies within it, until healed.
	require.NoError(t, broker.CutAfter(60_000))
	done := make(chan error, 1)
	batches := [][]*message.Message{messages(t, 101, 1100), messages(t, 1101, 2100), messages(t, 2101, 3100), messages(t, 3101, 4100)}
	go func() {
		for _, batch := range batches {
			if err := publisher.Publish(topic, batch...); err != nil {
				done <- err
				return
			}
		}
		done <- nil
	}()
	for range 5 {
		// An abrupt end besides: nothing listens for a moment.
		require.Eventually(t, func() bool { broker.Cut(); return broker.Mend() == nil }, patience, 150*time.Millisecond)
	}
	select {
	case err := <-done:
		t.Fatalf("published through a link that takes no batch: %v", err)
	default:
	}
	broker.Heal()
	require.NoError(t, <-done)
	requireExactly(t, records(t, []string{broker.Addr()}), 4100)
}

func TestABrokerThatIsAwayIsToldOf(t *testing.T) {
	t.Parallel()
	broker := startBroker(t)
	broker.Cut()
	publisher := newPublisher(t, settings(broker))
	err := publisher.Publish(topic, messages(t, 1, 3)...)
	require.ErrorContains(t, err, broker.Addr())
	require.ErrorContains(t, err, "connection refused")
	require.ErrorContains(t, publisher.Trouble(), "connection refused")

	require.NoError(t, broker.Mend())
	require.NoError(t, publisher.Publish(topic, messages(t, 1, 3)...))
	require.NoError(t, publisher.Trouble())
	requireExactly(t, records(t, []string{broker.Addr()}), 3)
}

func TestPublishWaitsThroughALongAbsence(t *testing.T) {
	t.Parallel()
	broker := startBroker(t)
	publisher := newPublisher(t, settings(broker))
	require.NoError(t, publisher.Publish(topic, messages(t, 1, 10)...))
	broker.Cut()
	attempts := refuse(t, broker.Addr())
	done := make(chan error, 1)
	batch := messages(t, 11, 500)
	go func() { done <- publisher.Publish(topic, batch...) }()
	// Whoever gives up after a few attempts has done so by then.
	for range cap(attempts) {
		select {
		case <-attempts:
		case err := <-done:
			t.Fatalf("Publish has given up: %v", err)
		case <-time.After(patience):
			t.Fatal("nobody tries to connect any more")
		}
	}
	require.Eventually(t, func() bool { return broker.Mend() == nil }, patience, time.Millisecond)
	require.NoError(t, <-done)
	requireExactly(t, records(t, []string{broker.Addr()}), 500)
}

// refuse takes connections at an address and closes them at once, six times,
// and tells of each.
func refuse(t *testing.T, address string) <-chan struct{} {
	t.Helper()
	listener, err := net.Listen("tcp", address)
	require.NoError(t, err)
	attempts := make(chan struct{}, 6)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		defer func() { _ = listener.Close() }()
		for range cap(attempts) {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			_ = conn.Close()
			attempts <- struct{}{}
		}
	}()
	t.Cleanup(func() {
		_ = listener.Close()
		<-ended
	})
	return attempts
}

func TestCloseIsBoundedWhileTheBrokerIsAway(t *testing.T) {
	t.Parallel()
	broker := startBroker(t)
	publisher, err := kafka.NewPublisher(settings(broker), kafka.PublisherOptions{
		Create: &kafka.TopicPolicy{Partitions: 4, Replication: 1}, CloseTimeout: 300 * time.Millisecond,
	})
	require.NoError(t, err)
	require.NoError(t, publisher.Publish(topic, messages(t, 1, 10)...))
	broker.Cut()
	done := make(chan error, 1)
	batch := messages(t, 11, 500)
	go func() { done <- publisher.Publish(topic, batch...) }()
	require.Eventually(t, func() bool { return publisher.Trouble() != nil }, patience, time.Millisecond)

	begin := time.Now()
	require.ErrorIs(t, publisher.Close(), kafka.ErrAbandoned)
	require.Less(t, time.Since(begin), 2*time.Second)
	require.Error(t, <-done, "and whoever waited is told")
	require.NoError(t, publisher.Close(), "again does nothing")
	require.ErrorIs(t, publisher.Publish(topic, messages(t, 11, 11)...), kafka.ErrClosed)
}

func TestAMessageThatIsTooLargeKeepsItsBatchBack(t *testing.T) {
	t.Parallel()
	broker := startBroker(t)
	publisher := newPublisher(t, settings(broker))
	batch := messages(t, 1, 2)
	large, err := envelope.Encode(eventstore.Event{
		Position: 3, Stream: "s", Version: 1, Type: "large.v1", Metadata: []byte(`{}`), RecordedAt: time.Now(),
		Payload: []byte(`"` + strings.Repeat("x", kafka.MaxMessageBytes) + `"`),
	}, envelope.Options{})
	require.NoError(t, err)
	err = publisher.Publish(topic, append(batch, large)...)
	var unsendable *kafka.UnsendableError
	require.ErrorAs(t, err, &unsendable)
	require.Equal(t, 2, unsendable.Index)
	require.ErrorContains(t, err, "message 3: ")
	require.NoError(t, publisher.Publish(topic, batch...))
	requireExactly(t, records(t, []string{broker.Addr()}), 2)
}

func TestATopicIsOnlyMadeIfAllowed(t *testing.T) {
	t.Parallel()
	broker := startBroker(t)
	publisher, err := kafka.NewPublisher(settings(broker), kafka.PublisherOptions{})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, publisher.Close()) })
	err = publisher.Publish(topic, messages(t, 1, 1)...)
	require.ErrorContains(t, err, "topic holdfast.events is not there")
	require.NoError(t, kafka.EnsureTopics(settings(broker), &kafka.TopicPolicy{}, topic))
	require.NoError(t, kafka.EnsureTopics(settings(broker), &kafka.TopicPolicy{}, topic), "again does nothing")
	require.NoError(t, publisher.Publish(topic, messages(t, 1, 1)...))
}

func TestASubscriberReadsWhatWasPublished(t *testing.T) {
	t.Parallel()
	broker := startBroker(t)
	publisher := newPublisher(t, settings(broker))
	require.NoError(t, publisher.Publish(topic, messages(t, 1, 50)...))
	subscriber, err := kafka.NewSubscriber(settings(broker), "analysts", nil)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, subscriber.Close()) })
	received, err := subscriber.Subscribe(t.Context(), topic)
	require.NoError(t, err)
	seen := map[eventstore.Position]bool{}
	for len(seen) < 50 {
		m := receive(t, received)
		e, err := envelope.Decode(m)
		require.NoError(t, err)
		require.Equal(t, topic, e.Origin.Topic)
		seen[e.Position] = true
		m.Ack()
	}
}

func receive(t *testing.T, from <-chan *message.Message) *message.Message {
	t.Helper()
	select {
	case m := <-from:
		return m
	case <-time.After(patience):
		t.Fatal("no message came")
		return nil
	}
}
