package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/eventstore"
	"github.com/holdfast-dev/holdfast/internal/farbroker"
	"github.com/holdfast-dev/holdfast/internal/kafkatest"
	"github.com/holdfast-dev/holdfast/internal/progress"
	"github.com/holdfast-dev/holdfast/relay"
)

func startBroker(t *testing.T) *farbroker.Broker {
	t.Helper()
	broker, err := farbroker.Start()
	require.NoError(t, err)
	t.Cleanup(broker.Close)
	return broker
}

// fill appends n events that mean nothing.
func fill(t *testing.T, databaseURL string, n int) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), databaseURL)
	require.NoError(t, err)
	defer func() { require.NoError(t, conn.Close(t.Context())) }()
	_, err = conn.Exec(t.Context(), `
		INSERT INTO holdfast.events (position, version, recorded_at, stream, type, payload, metadata)
		SELECT p AS position, p AS version, clock_timestamp(), 'test-1', 'tested.v1', '{}', '{}' FROM generate_series(1, $1::bigint) p`, n)
	require.NoError(t, err)
}

// relayed returns what holdfast relay status --json says of the one relay.
func relayed(t *testing.T, s settings) relayStatus {
	t.Helper()
	got := runProgram(t, s, "relay", "status", "--json")
	require.Equal(t, exitOK, got.code, got.stderr)
	var status relayStatus
	if got.stdout != "" {
		require.NoError(t, json.Unmarshal([]byte(got.stdout), &status))
	}
	return status
}

func TestServeRelaysAndTells(t *testing.T) {
	t.Parallel()
	s, broker := services(t), startBroker(t)
	s["KAFKA_BROKERS"], s["KAFKA_REPLICATION"] = broker.Addr(), "1"
	p := launch(t, s, "serve")
	admin := strings.TrimSpace(runProgram(t, s, "token", "admin", "--scope", "concert:write,events:read").stdout)
	p.sell(admin)
	head := func() (at float64, found map[string]any) {
		status := p.ask(200, "GET", "/v1/admin/status", admin, nil)
		for _, follower := range list(status, "followers") {
			if follower["name"] == "relay" {
				at, _ := status["head"].(float64)
				return at, follower
			}
		}
		t.Fatal("no follower is named relay")
		return 0, nil
	}
	require.Eventually(t, func() bool {
		at, found := head()
		return at > 0 && found["position"] == at
	}, patience, 20*time.Millisecond)
	_, found := head()
	require.NotContains(t, found, "trouble")
	_, metrics := p.send("GET", "/metrics", "", nil)
	require.Contains(t, string(metrics), "holdfast_relay_lag_events 0\n")
	require.Contains(t, string(metrics), "holdfast_relay_working 1\n")

	broker.Cut()
	p.sell(admin) // nobody who buys notices
	require.Eventually(t, func() bool {
		_, found := head()
		trouble := text(found, "trouble")
		return found["lag"] != 0.0 && strings.Contains(trouble, "Kafka has not acknowledged the batch from position") &&
			strings.Contains(trouble, "connection refused")
	}, patience, 50*time.Millisecond)
	require.NoError(t, broker.Mend())
	require.Eventually(t, func() bool {
		at, found := head()
		return found["position"] == at && found["trouble"] == nil
	}, patience, 20*time.Millisecond)
	p.stop(syscall.SIGTERM)
	require.False(t, relayed(t, s).Running)
}

func TestServeSaysThatItDoesNotRelay(t *testing.T) {
	t.Parallel()
	p := launch(t, services(t), "serve")
	p.stop(syscall.SIGTERM)
	require.Equal(t, 1, strings.Count(p.stderr.String(), "no Kafka brokers are given (KAFKA_BROKERS)"))
}

func TestRelayAloneAndAgain(t *testing.T) {
	t.Parallel()
	s, broker := services(t), startBroker(t)
	got := runProgram(t, s, "relay", "status")
	require.Equal(t, outcome{stdout: "The relay has never run.\n"}, got)
	fill(t, s["DATABASE_URL"], 2500)
	s["KAFKA_BROKERS"], s["KAFKA_REPLICATION"] = broker.Addr(), "1"

	command := program(s, "relay")
	var stdout, stderr lines
	command.Stdout, command.Stderr = &stdout, &stderr
	require.NoError(t, command.Start())
	require.Eventually(t, func() bool { return relayed(t, s).Position == 2500 }, patience, 50*time.Millisecond)
	status := runProgram(t, s, "relay", "status")
	require.Contains(t, status.stdout, "kafka: position 2500 of 2500, 0 behind\n  relayed by ")
	held := runProgram(t, s, "relay", "seek", "--to", "0")
	require.Equal(t, exitFault, held.code)
	require.Contains(t, held.stderr, "an instance is relaying")
	require.NoError(t, command.Process.Signal(syscall.SIGTERM))
	require.NoError(t, command.Wait(), "%s", &stderr)
	require.Empty(t, stdout.String())
	require.Contains(t, stderr.String(), `"msg":"stopped"`)

	const again = `{"events":501,"from":2000,"to":2500,"topic":"again","dryRun":`
	dry := runProgram(t, s, "relay", "republish", "--from", "2000", "--to", "9000", "--topic", "again", "--dry-run", "--progress", "none")
	require.Equal(t, outcome{stdout: again + "true}\n"}, dry)
	sent := runProgram(t, s, "relay", "republish", "--from", "2000", "--to", "9000", "--topic", "again", "--progress", "lines")
	require.Equal(t, exitOK, sent.code, sent.stderr)
	require.Equal(t, again+"false}\n", sent.stdout)
	require.Contains(t, sent.stderr, "republish")
	require.EqualValues(t, 2500, relayed(t, s).Position)

	moved := runProgram(t, s, "relay", "seek", "--to", "100")
	require.Equal(t, outcome{stdout: "kafka: position 100 of 2500, 2400 behind\n"}, moved)
	require.Contains(t, runProgram(t, s, "relay", "status").stdout, "nobody relays at the moment\n  the next event has been waiting for ")
}

// awayKafka acknowledges nothing until it is closed.
type awayKafka struct {
	asked, closed chan struct{}
}

func (k awayKafka) Publish(string, ...*message.Message) error {
	close(k.asked)
	<-k.closed
	return errors.New("closed")
}

func (k awayKafka) Close() error {
	close(k.closed)
	return nil
}

// shortLog is a log of a few events.
type shortLog []eventstore.Event

func (l shortLog) Read(_ context.Context, after eventstore.Position, limit int) ([]eventstore.Event, error) {
	return l[after:min(int(after)+limit, len(l))], nil
}

func TestRepublishThatIsInterruptedSaysWhereToGoOn(t *testing.T) {
	t.Parallel()
	events := evening()
	ctx, interrupt := context.WithCancel(t.Context())
	away := awayKafka{make(chan struct{}), make(chan struct{})}
	go func() {
		<-away.asked
		interrupt()
	}()
	command := relayRepublishCommand{From: 5, To: 9, Topic: "again", progressFlag: progressFlag{progress.None}}
	err := command.send(ctx, io.Discard, relay.Republisher{Log: shortLog(events), Publisher: away, Topic: "again"}, 9)
	require.EqualError(t, err, "interrupted: everything up to position 4 is sent; go on with --from 5")
}

func TestRepublishCompressesAsTheRelayDoes(t *testing.T) {
	t.Parallel()
	events := evening()
	s, broker := askable(t, events), kafkatest.InProcess(t)
	s["KAFKA_BROKERS"], s["KAFKA_REPLICATION"], s["KAFKA_COMPRESSION"] = broker.Addrs()[0], "1", "zstd"
	sent := runProgram(t, s, "relay", "republish", "--from", "1", "--to", "9000", "--topic", "again", "--progress", "none")
	require.Equal(t, exitOK, sent.code, sent.stderr)
	records := broker.Records("again")
	require.Len(t, records, len(events))
	const zstd = 4 // in Kafka's protocol
	for _, record := range records {
		require.EqualValues(t, zstd, record.Attrs.CompressionType())
	}

	help := runProgram(t, nil, "relay", "republish", "--help").stdout
	require.Contains(t, help, "$KAFKA_COMPRESSION")
	require.NotContains(t, help, "--kafka-topic", "it has a topic of its own")
}

func TestRelayOfADatabaseThatIsNotPrepared(t *testing.T) {
	t.Parallel()
	s := services(t)
	conn, err := pgx.Connect(t.Context(), s["DATABASE_URL"])
	require.NoError(t, err)
	_, err = conn.Exec(t.Context(), `DROP SCHEMA holdfast_relay CASCADE`)
	require.NoError(t, err)
	require.NoError(t, conn.Close(t.Context()))
	s["KAFKA_BROKERS"] = "127.0.0.1:1"
	for _, arguments := range [][]string{{"relay"}, {"relay", "status"}, {"relay", "seek", "--to", "0"}} {
		got := runProgram(t, s, arguments...)
		require.Equal(t, exitFault, got.code)
		require.Contains(t, got.stderr, "run holdfast migrate")
	}
}

func TestHelpOfTheRelay(t *testing.T) {
	t.Parallel()
	for command, says := range map[string][]string{
		"relay":           {"holdfast relay status", "$KAFKA_BROKERS", "$KAFKA_TOPIC", "republish"},
		"relay run":       {"SIGTERM", "$KAFKA_BROKERS", "$KAFKA_PARTITIONS"},
		"relay status":    {"holdfast relay status --json", "$DATABASE_URL"},
		"relay republish": {"holdfast relay republish --from 1", "--dry-run", "ce_replay=true"},
		"relay seek":      {"holdfast relay seek --to 0"},
	} {
		t.Run(command, func(t *testing.T) {
			t.Parallel()
			got := runProgram(t, nil, append(strings.Fields(command), "--help")...)
			require.Equal(t, exitOK, got.code, got.stderr)
			require.Empty(t, got.stderr)
			for _, part := range says {
				require.Contains(t, got.stdout, part)
			}
		})
	}
}

func TestWrongUseOfTheRelay(t *testing.T) {
	t.Parallel()
	const serve, database = "serve", "postgres://db/x"
	for name, test := range map[string]struct {
		settings  settings
		arguments string
		says      string
	}{
		"no brokers":        {settings{}, "relay", "KAFKA_BROKERS (--kafka-brokers) is not set"},
		"broker, no port":   {settings{"KAFKA_BROKERS": "kafka"}, serve, `kafka broker "kafka" is not of the form host:port`},
		"a bad topic":       {settings{"KAFKA_TOPIC": "a b"}, serve, `--kafka-topic "a b" is not`},
		"no partitions":     {settings{"KAFKA_PARTITIONS": "0"}, serve, "--kafka-partitions must be 1 or more"},
		"files without TLS": {settings{"KAFKA_BROKERS": "kafka:1"}, "relay --kafka-ca x", "KAFKA_TLS (--kafka-tls) is not set"},
		"no range":          {settings{"KAFKA_BROKERS": "kafka:1"}, "relay republish --from=9 --to=8 --topic=t", "--from 9 to --to 8 is no range"},
		"seek before 0":     {settings{}, "relay seek --to=-1", "--to must be 0 or a position, not -1"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test.settings["DATABASE_URL"] = database
			test.settings["REDIS_URL"], test.settings["HOLDFAST_SIGNING_KEY"] = "redis://cache", secret
			got := runProgram(t, test.settings, strings.Fields(test.arguments)...)
			require.Equal(t, exitUsage, got.code, got.stderr)
			require.Contains(t, got.stderr, test.says)
		})
	}
}
