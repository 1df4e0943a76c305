package sink_test

import (
	"compress/gzip"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/parquet-go/parquet-go"
	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/eventstore"
	"github.com/holdfast-dev/holdfast/export/parquetrow"
	"github.com/holdfast-dev/holdfast/internal/kafkatest"
	"github.com/holdfast-dev/holdfast/projections/history"
	"github.com/holdfast-dev/holdfast/relay/envelope"
	"github.com/holdfast-dev/holdfast/relay/kafka"
	"github.com/holdfast-dev/holdfast/sink"
)

const (
	// patience bounds every wait.
	patience = time.Minute
	// smallAge makes a sink write often.
	smallAge = 50 * time.Millisecond
)

// madeUp is a lawful history of at least n events.
func madeUp(seed uint64, n int) []eventstore.Event {
	sale := history.New(seed)
	sale.Random(n)
	return sale.Events()
}

// topic is one that a test publishes to as the relay does.
type topic struct {
	t         *testing.T
	broker    *kafkatest.Broker
	name      string
	publisher message.Publisher
}

func newTopic(t *testing.T) *topic {
	t.Helper()
	return newTopicOn(t, kafkatest.InProcess(t))
}

func newTopicOn(t *testing.T, broker *kafkatest.Broker) *topic {
	t.Helper()
	publisher, err := kafka.NewPublisher(kafka.Settings{Brokers: broker.Addrs()}, kafka.PublisherOptions{Create: &kafka.TopicPolicy{Partitions: 4}})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, publisher.Close()) })
	return &topic{t: t, broker: broker, name: sink.DefaultTopic, publisher: publisher}
}

func (k *topic) settings() kafka.Settings { return kafka.Settings{Brokers: k.broker.Addrs()} }

func (k *topic) publish(events []eventstore.Event, options envelope.Options) {
	k.t.Helper()
	messages := make([]*message.Message, len(events))
	for i, e := range events {
		m, err := envelope.Encode(e, options)
		require.NoError(k.t, err)
		messages[i] = m
	}
	require.NoError(k.t, k.publisher.Publish(k.name, messages...))
}

// options are those of a sink that writes what is there and ends.
func (k *topic) options(folder string) sink.Options {
	return sink.Options{
		Kafka: k.settings(), Folder: folder, Once: true,
		Logger: slog.New(slog.DiscardHandler),
	}
}

// drain runs a sink to its end and returns its status.
func drain(t *testing.T, options sink.Options) sink.Status {
	t.Helper()
	s, err := sink.New(options)
	require.NoError(t, err)
	require.NoError(t, s.Run(t.Context()))
	return s.Status()
}

// newFolder is where a dataset may be made.
func newFolder(t *testing.T) string {
	t.Helper()
	return filepath.Join(t.TempDir(), "events")
}

// rowsOf are the rows that the log should have become.
func rowsOf(t *testing.T, events []eventstore.Event) []parquetrow.Row {
	t.Helper()
	rows := make([]parquetrow.Row, len(events))
	for i, e := range events {
		metadata, err := e.DecodeMetadata()
		require.NoError(t, err)
		rows[i] = parquetrow.Of(e, metadata)
	}
	return rows
}

// filesIn are the data files of a dataset.
func filesIn(t *testing.T, folder string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "date=*", "hour=*", "*"))
	require.NoError(t, err)
	return files
}

// read returns all rows of a dataset by position, after looking whether each
// file is where it belongs and in order.
func read(t *testing.T, folder string) []parquetrow.Row {
	t.Helper()
	var rows []parquetrow.Row
	for _, file := range filesIn(t, folder) {
		found := readFile(t, file)
		require.NotEmpty(t, found, file)
		require.True(t, slices.IsSortedFunc(found, byPosition), file)
		for _, row := range found {
			require.Equal(t, row.RecordedAt.UTC().Format("date=2006-01-02/hour=15"),
				filepath.ToSlash(strings.TrimPrefix(filepath.Dir(file), folder+string(filepath.Separator))))
		}
		rows = append(rows, found...)
	}
	slices.SortFunc(rows, byPosition)
	return rows
}

func byPosition(a, b parquetrow.Row) int { return int(a.Position - b.Position) }

func readFile(t *testing.T, file string) []parquetrow.Row {
	t.Helper()
	if strings.HasSuffix(file, ".parquet") {
		rows, err := parquet.ReadFile[parquetrow.Row](file)
		require.NoError(t, err, file)
		for i := range rows {
			rows[i].RecordedAt = rows[i].RecordedAt.UTC()
		}
		return rows
	}
	f, err := os.Open(file)
	require.NoError(t, err)
	defer func() { require.NoError(t, f.Close()) }()
	var in io.Reader = f
	if strings.HasSuffix(file, ".gz") {
		in, err = gzip.NewReader(f)
		require.NoError(t, err)
	}
	var rows []parquetrow.Row
	for decoder := jsontext.NewDecoder(in); ; {
		var row parquetrow.Row
		err := json.UnmarshalDecode(decoder, &row)
		if err == io.EOF { //nolint:errorlint // that of the decoder itself
			return rows
		}
		require.NoError(t, err, file)
		rows = append(rows, row)
	}
}

// requireLog requires that a dataset holds exactly the events of a log.
func requireLog(t *testing.T, events []eventstore.Event, folder string) {
	t.Helper()
	wanted, found := rowsOf(t, events), read(t, folder)
	for i := range min(len(wanted), len(found)) {
		require.Equal(t, wanted[i], found[i])
	}
	require.Len(t, found, len(wanted))
}

// requireTidy requires that nothing is left of a sink that has ended but its
// files and its state.
func requireTidy(t *testing.T, folder string) {
	t.Helper()
	err := filepath.WalkDir(filepath.Join(folder, "_sink"), func(path string, entry fs.DirEntry, err error) error {
		require.True(t, entry.IsDir() || entry.Name() == "state.json", path)
		return err
	})
	require.NoError(t, err)
}

// marks are up to which offsets the state says that the partitions of the
// default topic are on disk.
func marks(t *testing.T, folder string) map[int32]int64 {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(folder, "_sink", "state.json"))
	require.NoError(t, err)
	var state struct {
		Partitions map[sink.Partition]sink.Mark `json:"partitions"`
	}
	require.NoError(t, json.Unmarshal(text, &state))
	marks := make(map[int32]int64)
	for p, mark := range state.Partitions {
		require.Equal(t, sink.DefaultTopic, p.Topic)
		marks[p.Number] = mark.Next
	}
	return marks
}
