package sink_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/eventstore"
	"github.com/holdfast-dev/holdfast/relay/envelope"
	"github.com/holdfast-dev/holdfast/sink"
)

// running is a sink that goes on until it is stopped.
type running struct {
	*sink.Sink

	stop  context.CancelFunc
	ended chan error
}

func start(t *testing.T, options sink.Options) *running {
	t.Helper()
	options.Once = false
	s, err := sink.New(options)
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	r := &running{Sink: s, stop: cancel, ended: make(chan error, 1)}
	go func() { r.ended <- s.Run(ctx) }()
	return r
}

func (r *running) end(t *testing.T) {
	t.Helper()
	r.stop()
	select {
	case err := <-r.ended:
		require.NoError(t, err)
	case <-time.After(patience):
		require.Fail(t, "the sink does not stop")
	}
}

func eventually(t *testing.T, is func() bool, what string) {
	t.Helper()
	require.Eventually(t, is, patience, 5*time.Millisecond, what)
}

func TestPartitionsMoveWhileEventsAreBuffered(t *testing.T) {
	t.Parallel()
	events := madeUp(12, 3_000)
	k, folder := newTopic(t), newFolder(t)
	slow := k.options(folder)
	slow.MaxAge = time.Hour // what is buffered stays so until somebody else comes
	half := len(events) / 2
	k.publish(events[:half], envelope.Options{})
	first := start(t, slow)
	eventually(t, func() bool { return first.Status().Buffered == int64(half) }, "not all is received")
	second := start(t, slow)
	eventually(t, func() bool { return first.Status().Partitions == 2 && second.Status().Partitions == 2 }, "partitions are not shared")
	k.publish(events[half:], envelope.Options{})
	eventually(t, func() bool {
		return first.Status().Buffered+second.Status().Buffered == int64(len(events)-half)
	}, "not all is received")
	require.Positive(t, first.Status().Buffered)
	require.Positive(t, second.Status().Buffered)
	first.end(t)
	eventually(t, func() bool { return second.Status().Partitions == 4 }, "partitions are not taken over")
	second.end(t)

	require.EqualValues(t, len(events), first.Status().Written+second.Status().Written)
	requireLog(t, events, folder)
	requireTidy(t, folder)
}

func TestEventsAreInFilesInTime(t *testing.T) {
	t.Parallel()
	events := madeUp(13, 300)
	k, folder := newTopic(t), newFolder(t)
	options := k.options(folder)
	options.MaxAge = smallAge
	s := start(t, options)
	for _, half := range [][]eventstore.Event{events[:150], events[150:]} {
		wanted := s.Status().Written + int64(len(half))
		k.publish(half, envelope.Options{})
		eventually(t, func() bool { return s.Status().Written == wanted }, "events are not written")
		require.Len(t, read(t, folder), int(wanted))
	}
	s.end(t)
	requireLog(t, events, folder)
}

func TestStoppingWritesWhatIsBuffered(t *testing.T) {
	t.Parallel()
	events := madeUp(14, 300)
	k, folder := newTopic(t), newFolder(t)
	k.publish(events, envelope.Options{})
	s := start(t, k.options(folder))
	eventually(t, func() bool { return s.Status().Buffered == int64(len(events)) }, "not all is received")
	require.Empty(t, filesIn(t, folder))
	s.end(t)
	requireLog(t, events, folder)
}

func TestStoppingWhileKafkaIsAwayWritesAndEnds(t *testing.T) {
	t.Parallel()
	events := madeUp(16, 300)
	k, folder := newTopic(t), newFolder(t)
	k.publish(events, envelope.Options{})
	options := k.options(folder)
	options.Instance = "same" // it cannot leave the group, and comes back to it
	s := start(t, options)
	eventually(t, func() bool { return s.Status().Buffered == int64(len(events)) }, "not all is received")
	k.broker.Kill()
	began := time.Now()
	s.end(t)
	require.Less(t, time.Since(began), sink.DefaultStopTimeout)
	requireLog(t, events, folder)
	k.broker.Restart()
	require.Zero(t, drain(t, options).Written)
}

func TestKafkaIsAwayForAWhile(t *testing.T) {
	t.Parallel()
	events := madeUp(15, 600)
	k, folder := newTopic(t), newFolder(t)
	k.publish(events[:300], envelope.Options{})
	options := k.options(folder)
	options.MaxAge = smallAge
	options.Logger = slog.New(slog.DiscardHandler)
	s := start(t, options)
	eventually(t, func() bool { return s.Status().Written == 300 }, "events are not written")
	k.broker.Kill()
	eventually(t, func() bool { return s.Status().Error != "" }, "no trouble is reported")
	k.broker.Restart()
	k.publish(events[300:], envelope.Options{})
	eventually(t, func() bool { return s.Status().Written == int64(len(events)) }, "events are not written")
	s.end(t)
	require.Empty(t, s.Status().Error)
	requireLog(t, events, folder)
}
