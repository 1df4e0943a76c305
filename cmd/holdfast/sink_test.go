package main

import (
	"encoding/json"
	"net/http"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"
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

// publishEvents fills a topic as the relay does.
func publishEvents(t *testing.T, broker *kafkatest.Broker, topic string, events []eventstore.Event) {
	t.Helper()
	publisher, err := kafka.NewPublisher(kafka.Settings{Brokers: broker.Addrs()}, kafka.PublisherOptions{Create: &kafka.TopicPolicy{Partitions: 3}})
	require.NoError(t, err)
	messages := make([]*message.Message, len(events))
	for i, e := range events {
		messages[i], err = envelope.Encode(e, envelope.Options{})
		require.NoError(t, err)
	}
	require.NoError(t, publisher.Publish(topic, messages...))
	require.NoError(t, publisher.Close())
}

func saleOf(n int) []eventstore.Event {
	sale := history.New(5)
	sale.Random(n)
	return sale.Events()
}

func TestSinkOnce(t *testing.T) {
	t.Parallel()
	broker, events, folder := kafkatest.InProcess(t), saleOf(300), filepath.Join(t.TempDir(), "events")
	publishEvents(t, broker, "sales", events)
	environment := settings{"KAFKA_BROKERS": broker.Addrs()[0], "HOLDFAST_SINK_FOLDER": folder, "HOLDFAST_SINK_TOPICS": "sales"}

	got := runProgram(t, environment, "sink", "--once", "--json")
	require.Equal(t, exitOK, got.code, got.stderr)
	var status sink.Status
	require.NoError(t, json.Unmarshal([]byte(got.stdout), &status))
	require.EqualValues(t, len(events), status.Written)
	for line := range strings.Lines(got.stderr) {
		require.True(t, json.Valid([]byte(line)), line)
	}
	files, err := filepath.Glob(filepath.Join(folder, "date=*", "hour=*", "events-*.parquet"))
	require.NoError(t, err)
	rows := 0
	for _, file := range files {
		found, err := parquet.ReadFile[parquetrow.Row](file)
		require.NoError(t, err)
		rows += len(found)
	}
	require.Len(t, events, rows)

	got = runProgram(t, environment, "sink", "--once")
	require.Equal(t, exitOK, got.code, got.stderr)
	require.Equal(t, "Wrote 0 events to 0 files in "+folder+"; left out 0 repetitions and 0 replays.\n", got.stdout)

	got = runProgram(t, environment, "sink", "--once", "--format=ndjson")
	require.Equal(t, exitFault, got.code)
	require.Contains(t, got.stderr, "use another folder")
}

func TestSinkUntilItIsStopped(t *testing.T) {
	t.Parallel()
	broker, events, folder := kafkatest.InProcess(t), saleOf(100), filepath.Join(t.TempDir(), "events")
	publishEvents(t, broker, sink.DefaultTopic, events)
	address := freeAddress(t)
	command := program(settings{"KAFKA_BROKERS": broker.Addrs()[0]},
		"sink", "--to", folder, "--format=ndjson", "--metrics", address, "--status-every=20ms", "--log-format=text")
	var stdout, stderr lines
	command.Stdout, command.Stderr = &stdout, &stderr
	require.NoError(t, command.Start())
	all := strconv.Itoa(len(events))
	p := process{t: t, base: "http://" + address}
	require.Eventually(t, func() bool {
		if p.status("/metrics") != http.StatusOK {
			return false
		}
		_, metrics := p.send(http.MethodGet, "/metrics", "", nil)
		return strings.Contains(string(metrics), "\nholdfast_sink_buffered_events "+all+"\n")
	}, patience, 20*time.Millisecond)
	require.Eventually(t, func() bool {
		return strings.Contains(stderr.String(), "msg=progress written=0 files=0 buffered="+all)
	}, patience, 20*time.Millisecond)
	require.NoError(t, command.Process.Signal(syscall.SIGTERM))
	require.NoError(t, command.Wait(), "%s", &stderr)
	require.Contains(t, stdout.String(), "Wrote "+all+" events to ")
}
