package sink_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/eventstore"
	"github.com/holdfast-dev/holdfast/relay/envelope"
	"github.com/holdfast-dev/holdfast/sink"
)

func TestADatasetHoldsTheLog(t *testing.T) {
	t.Parallel()
	events := madeUp(1, 3_000)
	k, folder := newTopic(t), newFolder(t)
	k.publish(events, envelope.Options{})

	status := drain(t, k.options(folder))
	require.EqualValues(t, len(events), status.Written)
	require.Zero(t, status.Duplicates)
	requireLog(t, events, folder)
	requireTidy(t, folder)
}

func TestOneDatasetOfSeveralTopics(t *testing.T) {
	t.Parallel()
	events := madeUp(6, 900)
	k, folder := newTopic(t), newFolder(t)
	of := make(map[string][]eventstore.Event)
	for _, e := range events {
		name := "events." + eventstore.Category(e.Stream)
		of[name] = append(of[name], e)
	}
	require.Greater(t, len(of), 4)
	options := k.options(folder)
	for name, part := range of {
		k.name = name
		k.publish(part, envelope.Options{})
		options.Topics = append(options.Topics, name)
	}
	drain(t, options)
	requireLog(t, events, folder)
}

func TestASinkGoesOnWhereItsFilesEnd(t *testing.T) {
	t.Parallel()
	events := madeUp(2, 900)
	k, folder := newTopic(t), newFolder(t)
	for part := range 3 {
		k.publish(events[part*300:(part+1)*300], envelope.Options{})
		options := k.options(folder)
		options.MaxRows = 100
		require.EqualValues(t, 300, drain(t, options).Written)
	}
	requireLog(t, events[:900], folder)
}

func TestRepetitionsAreLeftOut(t *testing.T) {
	t.Parallel()
	events := madeUp(3, 600)
	k, folder := newTopic(t), newFolder(t)
	// A relay is killed after 300 and begins again at its checkpoint, 200; so
	// does its successor, later on. A stalled one wakes up behind them.
	k.publish(events[:300], envelope.Options{})
	k.publish(events[200:350], envelope.Options{})
	require.EqualValues(t, 100, drain(t, k.options(folder)).Duplicates)
	k.publish(events[300:500], envelope.Options{})
	k.publish(events[280:400], envelope.Options{})
	k.publish(events[500:], envelope.Options{})
	require.EqualValues(t, 50+120, drain(t, k.options(folder)).Duplicates)
	requireLog(t, events, folder)
}

func TestReplaysAreLeftOutUnlessTheyAreWanted(t *testing.T) {
	t.Parallel()
	events := madeUp(4, 400)
	k := newTopic(t)
	// The replay is ahead of the relay, which is behind: were it taken, the
	// originals would look like repetitions of something that is missing.
	k.publish(events[:100], envelope.Options{})
	k.publish(events[200:], envelope.Options{Replay: true})
	k.publish(events[100:], envelope.Options{})

	folder := newFolder(t)
	status := drain(t, k.options(folder))
	require.EqualValues(t, len(events)-200, status.Replays)
	require.Zero(t, status.Duplicates)
	requireLog(t, events, folder)

	again := newTopic(t)
	again.publish(events, envelope.Options{Replay: true})
	folder = newFolder(t)
	options := again.options(folder)
	options.Replays = true
	drain(t, options)
	requireLog(t, events, folder)
}

func TestFormatsSayTheSame(t *testing.T) {
	t.Parallel()
	events := madeUp(5, 500)
	k := newTopic(t)
	k.publish(events, envelope.Options{})
	for _, format := range sink.Formats {
		folder, options := newFolder(t), k.options("")
		options.Folder, options.Format, options.Group = folder, format, string(format)
		drain(t, options)
		requireLog(t, events, folder)
	}
}
