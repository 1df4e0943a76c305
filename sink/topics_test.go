package sink_test

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/IBM/sarama"
	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/eventstore"
	"github.com/holdfast-dev/holdfast/internal/kafkatest"
	"github.com/holdfast-dev/holdfast/projections/history"
	"github.com/holdfast-dev/holdfast/relay/envelope"
	"github.com/holdfast-dev/holdfast/sink"
)

func TestEveryTypeOfEventArrivesAtApacheKafkaToo(t *testing.T) {
	t.Parallel()
	for kind, start := range kafkatest.Kinds() {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			events := history.Demo()
			k, folder := newTopicOn(t, start(t)), newFolder(t)
			k.publish(events[:4_000], envelope.Options{})
			drain(t, k.options(folder))
			k.publish(events[3_800:], envelope.Options{})
			require.EqualValues(t, 200, drain(t, k.options(folder)).Duplicates)
			requireLog(t, events, folder)
			types := make(map[string]bool)
			for _, row := range read(t, folder) {
				types[row.Type] = true
			}
			require.Len(t, types, 13)
		})
	}
}

// Each golden file of the domain is an event of its type, one day after the other.
func TestEveryGoldenEventKeepsItsShape(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("../domain/*/testdata/*.json")
	require.NoError(t, err)
	require.GreaterOrEqual(t, len(files), 13)
	var events []eventstore.Event
	for i, file := range files {
		payload, err := os.ReadFile(file)
		require.NoError(t, err)
		wireType := strings.TrimSuffix(filepath.Base(file), ".json")
		events = append(events, eventstore.Event{
			Position: eventstore.Position(i + 1), Stream: filepath.Base(filepath.Dir(filepath.Dir(file))) + "-1", Version: 1,
			Type: wireType, Payload: bytes.TrimSpace(payload), RecordedAt: history.Start.AddDate(0, 0, i),
			Metadata: []byte(`{"actor":"user:1","command":"c","correlation":"r"}`),
		})
	}
	k := newTopic(t)
	k.publish(events, envelope.Options{})
	for _, format := range sink.Formats {
		options := k.options(newFolder(t))
		options.Format, options.Group = format, string(format)
		drain(t, options)
		requireLog(t, events, options.Folder)
		require.Len(t, filesIn(t, options.Folder), len(events))
	}
}

// withGap is a topic to which 300 of 400 events were published. The first 200 are
// in a folder; the others were deleted before they were written.
func withGap(t *testing.T, seed uint64) (k *topic, folder string, events []eventstore.Event) {
	t.Helper()
	events = madeUp(seed, 400)
	k, folder = newTopic(t), newFolder(t)
	k.publish(events[:200], envelope.Options{})
	drain(t, k.options(folder))
	k.publish(events[200:300], envelope.Options{})
	k.deleteAll()
	return k, folder, events
}

func TestWhatWasDeletedUnwrittenIsNotSkippedInSilence(t *testing.T) {
	t.Parallel()
	k, folder, events := withGap(t, 31)
	k.publish(events[300:], envelope.Options{})

	err := fail(t, k.options(folder))
	require.ErrorContains(t, err, "topic holdfast.events, partition ")
	require.ErrorContains(t, err, "was deleted before it was written")
	options := k.options(folder)
	options.AllowGap = true
	drain(t, options)
	requireLog(t, append(events[:200:200], events[300:]...), folder)
}

// A gap up to the end of a partition leaves nothing to receive. It is behind
// the sink all the same, and need not be allowed again.
func TestAGapUpToTheEndIsPassedOnce(t *testing.T) {
	t.Parallel()
	for _, once := range []bool{true, false} {
		t.Run(fmt.Sprint("once ", once), func(t *testing.T) {
			t.Parallel()
			k, folder, events := withGap(t, 34)
			options := k.options(folder)
			options.AllowGap = true
			if once {
				require.Zero(t, drain(t, options).Written)
			} else {
				options.MaxAge = smallAge
				s := start(t, options)
				eventually(t, func() bool { return s.Status().Partitions == 4 }, "no partitions")
				require.Zero(t, s.Status().Lag, "what is gone is not behind")
				eventually(t, func() bool { return maps.Equal(k.ends(), marks(t, folder)) }, "the gap stays")
				s.end(t)
			}
			require.Equal(t, k.ends(), marks(t, folder))

			k.publish(events[300:], envelope.Options{})
			drain(t, k.options(folder))
			requireLog(t, append(events[:200:200], events[300:]...), folder)
		})
	}
}

func TestAnotherTopicOfTheSameNameIsRefused(t *testing.T) {
	t.Parallel()
	events := madeUp(32, 200)
	k, folder := newTopic(t), newFolder(t)
	k.publish(events, envelope.Options{})
	drain(t, k.options(folder))
	other := newTopic(t)
	other.publish(events[:20], envelope.Options{})
	require.ErrorContains(t, fail(t, other.options(folder)), "it is not the topic that was written to this folder")
	requireLog(t, events, folder)
}

// Were the high-water marks lost in a restart, the other tests would find it.
func TestLostMarksDoubleRows(t *testing.T) {
	t.Parallel()
	events := madeUp(33, 200)
	k, folder := newTopic(t), newFolder(t)
	k.publish(events, envelope.Options{})
	drain(t, k.options(folder))
	path := filepath.Join(folder, "_sink", "state.json")
	state, err := os.ReadFile(path)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(path, []byte(strings.ReplaceAll(string(state), `"position": `, `"position": -`)), 0o600))
	k.publish(events[150:], envelope.Options{})
	require.Zero(t, drain(t, k.options(folder)).Duplicates)
	require.Len(t, read(t, folder), len(events)+len(events)-150)
}

// deleteAll deletes what the topic holds, as retention does.
func (k *topic) deleteAll() {
	k.t.Helper()
	config := k.settings().ConsumerConfig()
	config.Metadata.Full = true // deleting asks for all topics
	admin, err := sarama.NewClusterAdmin(k.broker.Addrs(), config)
	require.NoError(k.t, err)
	defer func() { require.NoError(k.t, admin.Close()) }()
	require.NoError(k.t, admin.DeleteRecords(k.name, k.ends()))
}

// ends are the offsets of the next messages.
func (k *topic) ends() map[int32]int64 {
	k.t.Helper()
	client, err := sarama.NewClient(k.broker.Addrs(), k.settings().ConsumerConfig())
	require.NoError(k.t, err)
	defer func() { require.NoError(k.t, client.Close()) }()
	partitions, err := client.Partitions(k.name)
	require.NoError(k.t, err)
	ends := make(map[int32]int64)
	for _, p := range partitions {
		ends[p], err = client.GetOffset(k.name, p, sarama.OffsetNewest)
		require.NoError(k.t, err)
	}
	return ends
}
