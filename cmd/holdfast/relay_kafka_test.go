package main

import (
	"encoding/json"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/parquet-go/parquet-go"
	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/export/parquetrow"
	"github.com/holdfast-dev/holdfast/internal/kafkatest"
	"github.com/holdfast-dev/holdfast/projections/history"
	"github.com/holdfast-dev/holdfast/relay"
	"github.com/holdfast-dev/holdfast/sink"
)

// relayBatch is how many events the relay may send twice after a kill.
const relayBatch = 1000

// pipeline is a log, a broker, and the program between them.
type pipeline struct {
	t        *testing.T
	settings settings
	conn     *pgx.Conn
	broker   *kafkatest.Broker
	sale     *history.Sale
	// head is the end of the log.
	head int
}

func newPipeline(t *testing.T, broker *kafkatest.Broker) *pipeline {
	t.Helper()
	p := &pipeline{t: t, settings: services(t), broker: broker, sale: history.New(11)}
	p.settings["KAFKA_BROKERS"] = broker.Addrs()[0]
	p.settings["KAFKA_REPLICATION"], p.settings["KAFKA_PARTITIONS"] = "1", "4"
	conn, err := pgx.Connect(t.Context(), p.settings["DATABASE_URL"])
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, conn.Close(t.Context())) })
	p.conn = conn
	return p
}

// grow appends at least n events of an on-sale.
func (p *pipeline) grow(n int) {
	p.t.Helper()
	p.sale.OnSale(n)
	events := p.sale.Take()
	require.NoError(p.t, history.Insert(p.t.Context(), p.conn, events))
	p.head += len(events)
}

// relay starts the program as a relay.
func (p *pipeline) relay() (*exec.Cmd, *lines) {
	p.t.Helper()
	command, said := program(p.settings, "relay"), &lines{}
	command.Stderr = said
	require.NoError(p.t, command.Start())
	p.t.Cleanup(func() {
		_ = command.Process.Kill()
		_ = command.Wait()
	})
	return command, said
}

// checkpoint is where the relay stands, and what troubles it.
func (p *pipeline) checkpoint() relay.Checkpoint {
	p.t.Helper()
	all, err := relay.Checkpoints(p.t.Context(), p.conn)
	require.NoError(p.t, err)
	if len(all) == 0 {
		return relay.Checkpoint{}
	}
	return all[0]
}

// await waits until Kafka has acknowledged the log up to a position.
func (p *pipeline) await(position int) {
	p.t.Helper()
	require.Eventually(p.t, func() bool { return int(p.checkpoint().Position) >= position }, patience, 2*time.Millisecond, "position %d", position)
}

// compare holds the topic against the log, and returns what came again.
func (p *pipeline) compare() []int {
	p.t.Helper()
	log := readLog(p.t, p.conn)
	require.Len(p.t, log, p.head)
	repeated, faults := compareWithLog(log, p.broker.Records(relay.DefaultTopic))
	require.Empty(p.t, faults[:min(5, len(faults))], "%d faults", len(faults))
	return repeated
}

// The log to Kafka and on to the files of the sink, through the faults that a
// year brings: nothing is lost, no stream is out of order, and only a killed
// relay sends something again.
func TestNothingIsLostOnTheWayToKafkaAndToTheFiles(t *testing.T) {
	t.Parallel()
	for kind, start := range kafkatest.Kinds() {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			p := newPipeline(t, start(t))
			// Batches enough to be in mid-stream, and more than what waits in the
			// relay while the broker is away.
			const stream, away = 5_000, 10_000
			command, _ := p.relay()
			p.restartBrokerInMidStream(stream)
			require.Empty(t, p.compare(), "a broker that restarts makes nobody send twice")

			command, said, from := p.killRelayInMidStream(command, stream)
			p.leaveBrokerAway(away)
			repeated := p.compare()
			require.LessOrEqual(t, len(repeated), relayBatch)
			for _, position := range repeated {
				require.Greater(t, position, from, "only what was under way at the kill came again")
				require.LessOrEqual(t, position, from+2*relayBatch)
			}
			p.sinkEverything(len(repeated))

			require.NoError(t, command.Process.Signal(syscall.SIGTERM))
			require.NoError(t, command.Wait(), "%s", said)
		})
	}
}

func (p *pipeline) restartBrokerInMidStream(n int) {
	p.t.Helper()
	p.grow(n)
	p.await(relayBatch)
	p.broker.Stop()
	p.broker.Restart()
	p.await(p.head)
}

// killRelayInMidStream returns the relay that takes over, and where the killed
// one stood.
func (p *pipeline) killRelayInMidStream(command *exec.Cmd, n int) (next *exec.Cmd, said *lines, from int) {
	p.t.Helper()
	before := p.head
	p.grow(n)
	p.await(before + relayBatch)
	require.NoError(p.t, command.Process.Kill())
	require.Error(p.t, command.Wait())
	from = int(p.checkpoint().Position)
	next, said = p.relay()
	p.await(p.head)
	return next, said, from
}

// leaveBrokerAway appends while there is no broker: the log grows as ever, the
// relay says what is wrong, and catches up by itself.
func (p *pipeline) leaveBrokerAway(n int) {
	p.t.Helper()
	p.broker.Stop()
	before := p.head
	p.grow(n)
	var status relayStatus
	require.Eventually(p.t, func() bool {
		status = relayed(p.t, p.settings)
		return strings.Contains(status.Trouble, "Kafka has not acknowledged the batch")
	}, patience, 20*time.Millisecond)
	require.EqualValues(p.t, before, status.Position)
	require.EqualValues(p.t, p.head-before, status.Lag)
	p.broker.Restart()
	p.await(p.head)
	// A renewal that was under way may still tell of the past.
	require.Eventually(p.t, func() bool { return p.checkpoint().Trouble == "" }, patience, 20*time.Millisecond)
}

// sinkEverything brings the topic to files, which hold each event once.
func (p *pipeline) sinkEverything(repeated int) {
	p.t.Helper()
	folder := filepath.Join(p.t.TempDir(), "events")
	p.settings["HOLDFAST_SINK_FOLDER"] = folder
	got := runProgram(p.t, p.settings, "sink", "--once", "--json")
	require.Equal(p.t, exitOK, got.code, got.stderr)
	var status sink.Status
	require.NoError(p.t, json.Unmarshal([]byte(got.stdout), &status))
	require.EqualValues(p.t, p.head, status.Written)
	require.EqualValues(p.t, repeated, status.Duplicates)

	log := readLog(p.t, p.conn)
	files, err := filepath.Glob(filepath.Join(folder, "date=*", "hour=*", "*.parquet"))
	require.NoError(p.t, err)
	seen := make([]bool, p.head)
	for _, file := range files {
		rows, err := parquet.ReadFile[parquetrow.Row](file)
		require.NoError(p.t, err)
		for _, row := range rows {
			got := logged{row.Stream, row.Type, string(row.Payload), row.Version}
			// A comparison by the library would take longer than everything else.
			if seen[row.Position-1] || got != log[row.Position-1] {
				require.FailNow(p.t, "not as in the log, or there twice", "position %d: %v", row.Position, got)
			}
			seen[row.Position-1] = true
		}
	}
	require.NotContains(p.t, seen, false)
}
