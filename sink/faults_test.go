package sink_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/relay/envelope"
	"github.com/holdfast-dev/holdfast/relay/kafka"
	"github.com/holdfast-dev/holdfast/sink"
)

// fail runs a sink that must fail, and returns what it says.
func fail(t *testing.T, options sink.Options) error {
	t.Helper()
	s, err := sink.New(options)
	require.NoError(t, err)
	err = s.Run(t.Context())
	require.Error(t, err)
	return err
}

func TestAMessageThatIsNotOursStopsTheSink(t *testing.T) {
	t.Parallel()
	events := madeUp(21, 200)
	for name, test := range map[string]struct {
		spoil func(*message.Message)
		says  string
	}{
		"no type":     {func(m *message.Message) { delete(m.Metadata, envelope.HeaderType) }, "ce_type"},
		"another log": {func(m *message.Message) { m.Metadata[envelope.HeaderSource] = "/other" }, "is of the log /other, not /holdfast"},
		"no JSON":     {func(m *message.Message) { m.Payload = []byte("{") }, "is no valid JSON"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			k, folder := newTopic(t), newFolder(t)
			k.publish(events[:100], envelope.Options{})
			bad, err := envelope.Encode(events[99], envelope.Options{})
			require.NoError(t, err)
			test.spoil(bad)
			require.NoError(t, k.publisher.Publish(k.name, bad))
			k.publish(events[100:], envelope.Options{})

			err = fail(t, k.options(folder))
			var found *sink.BadMessageError
			require.ErrorAs(t, err, &found)
			require.Contains(t, err.Error(), "topic "+k.name+", partition ")
			require.Contains(t, err.Error(), test.says)
			// What is before it is there; it stops again at the same place.
			require.Equal(t, found.Place.Offset, marks(t, folder)[found.Place.Partition.Number])
			require.Equal(t, err.Error(), fail(t, k.options(folder)).Error())

			options := k.options(folder)
			options.Skip = []sink.Place{found.Place}
			require.EqualValues(t, 1, drain(t, options).Skipped)
			requireLog(t, events, folder)
		})
	}
}

func TestWrongOptionsAreRefused(t *testing.T) {
	t.Parallel()
	good := sink.Options{Kafka: kafka.Settings{Brokers: []string{"127.0.0.1:1"}}, Folder: "x"}
	for says, spoil := range map[string]func(*sink.Options){
		"no folder is named":                 func(o *sink.Options) { o.Folder = "" },
		"a topic has an empty name":          func(o *sink.Options) { o.Topics = []string{"a", ""} },
		`format "csv" is none of parquet`:    func(o *sink.Options) { o.Format = "csv" },
		`instance "a b" is not 1 to 249`:     func(o *sink.Options) { o.Instance = "a b" },
		"session timeout 1µs is not 10ms or": func(o *sink.Options) { o.SessionTimeout = time.Microsecond },
		"a limit of the sink is below 0":     func(o *sink.Options) { o.MaxRows = -1 },
		`broker "kafka" is not of the form`:  func(o *sink.Options) { o.Kafka.Brokers = []string{"kafka"} },
	} {
		options := good
		spoil(&options)
		_, err := sink.New(options)
		require.ErrorContains(t, err, says)
	}
}

func TestAFullDiskCommitsNothing(t *testing.T) {
	t.Parallel()
	events := madeUp(22, 2_000)
	k, folder := newTopic(t), newFolder(t)
	k.publish(events, envelope.Options{})
	options := k.options(folder)
	options.MaxRows = 500
	s, err := sink.New(options)
	require.NoError(t, err)
	disk := &sink.FullDisk{}
	disk.Left.Store(60_000)
	s.Use(disk)
	err = s.Run(t.Context())
	require.ErrorIs(t, err, syscall.ENOSPC)
	require.Contains(t, err.Error(), "write ")
	require.Contains(t, err.Error(), "events of date=2026-07-01/hour=")
	requireNoneTwice(t, folder)
	requireTidy(t, folder)
	require.Less(t, len(read(t, folder)), len(events))

	drain(t, k.options(folder))
	requireLog(t, events, folder)
}

// What ends a sink, be it the end of the topics or a stop, says nothing of the
// events that are written afterwards.
func TestADiskThatIsFullAtTheEndIsAFault(t *testing.T) {
	t.Parallel()
	for _, once := range []bool{true, false} {
		t.Run(fmt.Sprint("once ", once), func(t *testing.T) {
			t.Parallel()
			events := madeUp(26, 300)
			k, folder := newTopic(t), newFolder(t)
			k.publish(events, envelope.Options{})
			options := k.options(folder)
			options.Once = once
			s, err := sink.New(options)
			require.NoError(t, err)
			disk := &sink.FullDisk{}
			disk.Left.Store(2_000)
			s.Use(disk)
			ctx, stop := context.WithCancel(t.Context())
			defer stop()
			ended := make(chan error, 1)
			go func() { ended <- s.Run(ctx) }()
			if !once {
				eventually(t, func() bool { return s.Status().Buffered == int64(len(events)) }, "not all is received")
				stop()
			}
			err = <-ended
			require.ErrorIs(t, err, syscall.ENOSPC)
			require.ErrorContains(t, err, "events of date=2026-07-01/hour=")
			require.Empty(t, filesIn(t, folder))

			drain(t, k.options(folder))
			requireLog(t, events, folder)
		})
	}
}

func TestAFolderThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	k := newTopic(t)
	k.publish(madeUp(23, 10), envelope.Options{})
	missing := filepath.Join(t.TempDir(), "not", "there")
	require.ErrorIs(t, fail(t, k.options(missing)), os.ErrNotExist)

	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	err := fail(t, k.options(file))
	require.ErrorIs(t, err, syscall.ENOTDIR)
	require.ErrorContains(t, err, "the dataset's folder cannot be written")
	require.ErrorContains(t, err, file)
}

func TestADatasetStaysWhatItIs(t *testing.T) {
	t.Parallel()
	events := madeUp(24, 100)
	k, folder := newTopic(t), newFolder(t)
	k.publish(events, envelope.Options{})
	drain(t, k.options(folder))

	for says, change := range map[string]func(*sink.Options){
		"not of source /holdfast, group other, format parquet":          func(o *sink.Options) { o.Group = "other" },
		"not of source /holdfast, group holdfast-sink, format ndjson":   func(o *sink.Options) { o.Format = sink.NDJSON },
		"not of source /elsewhere, group holdfast-sink, format parquet": func(o *sink.Options) { o.Source = "/elsewhere" },
	} {
		options := k.options(folder)
		change(&options)
		require.ErrorContains(t, fail(t, options), says)
	}

	state := filepath.Join(folder, "_sink", "state.json")
	kept, err := os.ReadFile(state)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(state, kept[:10], 0o600))
	require.ErrorContains(t, fail(t, k.options(folder)), "cannot be read")
	require.NoError(t, os.Remove(state))
	require.ErrorContains(t, fail(t, k.options(folder)), "holds data but no _sink/state.json")
	require.NoError(t, os.WriteFile(state, kept, 0o600))
	drain(t, k.options(folder))
	requireLog(t, events, folder)
}
