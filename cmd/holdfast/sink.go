package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"time"

	"github.com/holdfast-dev/holdfast/internal/gctune"
	"github.com/holdfast-dev/holdfast/sink"
)

type sinkCommand struct {
	To       string   `required:"" env:"HOLDFAST_SINK_FOLDER" type:"path" placeholder:"FOLDER" help:"Folder of the dataset. It is made in a folder that must be there. All sinks of a group share it."`
	Topics   []string `name:"topic" env:"HOLDFAST_SINK_TOPICS,KAFKA_TOPIC" default:"holdfast.events" placeholder:"NAME" help:"Topics that are read, separated by commas (default holdfast.events). Of a relay with a topic for each category, name all that are wanted."`
	Group    string   `env:"HOLDFAST_SINK_GROUP" default:"holdfast-sink" placeholder:"NAME" help:"Consumer group, whose sinks share the partitions (default holdfast-sink)."`
	Instance string   `env:"HOLDFAST_SINK_INSTANCE" placeholder:"NAME" help:"Name of this sink in the group that it keeps over restarts. With it, it goes on at once after a crash; without it, the others get its partitions after ten seconds."`
	Source   string   `env:"KAFKA_SOURCE" default:"/holdfast" placeholder:"URI" help:"Log whose events are expected, as ce_source names it (default /holdfast)."`
	Format   string   `env:"HOLDFAST_SINK_FORMAT" enum:"parquet,ndjson,ndjson.gz" default:"parquet" placeholder:"FORMAT" help:"What the files are: parquet, ndjson or ndjson.gz (default parquet)."`

	MaxAge   time.Duration `env:"HOLDFAST_SINK_MAX_AGE" default:"50s" placeholder:"DURATION" help:"How long an event may wait for its file (default 50s). Ten minutes make fewer and larger files."`
	MaxMiB   int64         `name:"max-mib" env:"HOLDFAST_SINK_MAX_MIB" default:"64" placeholder:"N" help:"How many MiB of events are gathered for a file; as much again is received while it is written (default 64)."`
	Replays  string        `env:"HOLDFAST_SINK_REPLAYS" enum:"ignore,write" default:"ignore" placeholder:"WHAT" help:"What to do with events that were sent again on purpose: ignore, or write, for a topic that holds nothing else (default ignore)."`
	Skip     []sink.Place  `env:"HOLDFAST_SINK_SKIP" placeholder:"TOPIC/PARTITION@OFFSET" help:"Messages to leave out that have stopped a sink."`
	AllowGap bool          `env:"HOLDFAST_SINK_ALLOW_GAP" help:"Go on with what is left of a topic if some of it was deleted before it was written."`
	Once     bool          `env:"HOLDFAST_SINK_ONCE" help:"Write what the topics hold, and end."`

	StopTimeout time.Duration `env:"HOLDFAST_SINK_STOP_TIMEOUT" default:"30s" placeholder:"DURATION" help:"How long an orderly end may take (default 30s)."`
	StatusEvery time.Duration `env:"HOLDFAST_SINK_STATUS_EVERY" default:"10s" placeholder:"DURATION" help:"How often the progress is logged (default 10s)."`
	Metrics     string        `env:"HOLDFAST_SINK_METRICS" placeholder:"HOST:PORT" help:"Address that /metrics is served on, 127.0.0.1:9464 for one; empty for none."`
	JSON        bool          `name:"json" env:"HOLDFAST_SINK_JSON" help:"Write progress and log as JSON, and the result too."`

	kafkaFlags  `group:"kafka"`
	formatFlags `group:"log"`
}

// Help shows examples.
func (sinkCommand) Help() string {
	return `Brings the events that the relay has sent to Kafka to files that DuckDB, pandas and others read as they are, each event exactly once:

    holdfast sink --kafka-brokers kafka:9092 --to /data/events
    duckdb -c "SELECT type, count(*) FROM read_parquet('/data/events/date=*/hour=*/*.parquet') GROUP BY type"

Any number of sinks may share the work, on one folder. SIGTERM writes what was received and ends; so does the end of the topics, with --once:

    holdfast sink --once --json --kafka-brokers kafka:9092 --to /data/events | jq .written

A message that is no event stops it, with its place; it is looked into, and left out by naming it:

    holdfast sink … --skip holdfast.events/3@1234`
}

// Validate says what is wrong with the flags.
func (c sinkCommand) Validate() error {
	var folder, size error
	if c.To == "" {
		folder = errors.New("HOLDFAST_SINK_FOLDER (--to) is not set")
	}
	if c.MaxMiB < 1 || c.MaxMiB > 1<<20 {
		size = fmt.Errorf("--max-mib must be 1 to %d, not %d", 1<<20, c.MaxMiB)
	}
	return errors.Join(folder, c.check(), size, positive("--max-age", c.MaxAge),
		positive("--stop-timeout", c.StopTimeout), positive("--status-every", c.StatusEvery))
}

// Run writes until ctx ends, or the topics do.
func (c sinkCommand) Run(ctx context.Context, stdout io.Writer) (err error) {
	if c.JSON {
		c.LogFormat = "json"
	}
	logger := c.logger(os.Stderr)
	slog.SetDefault(logger)
	limitMemory(c.MaxMiB << 20)
	s, err := c.open(logger)
	if err != nil {
		return err
	}
	if c.Metrics != "" {
		closeMetrics, err := serveSinkMetrics(ctx, c.Metrics, s)
		if err != nil {
			return err
		}
		defer closeMetrics()
	}
	ended := make(chan struct{})
	told := make(chan struct{})
	go func() {
		defer close(told)
		tellProgress(logger, s, c.StatusEvery, ended)
	}()
	err = s.Run(ctx)
	close(ended)
	<-told
	return errors.Join(err, c.report(stdout, s.Status()))
}

// limitMemory lets the collector work harder before the process takes much more
// than it needs: the batch in hand, the one that is received meanwhile, and
// what encoding and receiving take. GOMEMLIMIT says otherwise.
func limitMemory(batch int64) {
	const besides = 320 << 20
	gctune.Limit(3*batch + besides)
}

func (c sinkCommand) open(logger *slog.Logger) (*sink.Sink, error) {
	settings, err := c.settings()
	if err != nil {
		return nil, err
	}
	return sink.New(sink.Options{
		Kafka: settings, Topics: c.Topics, Group: c.Group, Instance: c.Instance, Source: c.Source,
		Folder: c.To, Format: sink.Format(c.Format), MaxAge: c.MaxAge, MaxBytes: c.MaxMiB << 20,
		Replays: c.Replays == "write", Skip: c.Skip, AllowGap: c.AllowGap, Once: c.Once,
		StopTimeout: c.StopTimeout, Logger: logger,
	})
}

// tellProgress logs the progress until the sink has ended.
func tellProgress(logger *slog.Logger, s *sink.Sink, every time.Duration, ended <-chan struct{}) {
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			status := s.Status()
			logger.Info("progress",
				"written", status.Written, "files", status.Files, "buffered", status.Buffered, "lag", status.Lag,
				"partitions", status.Partitions, "duplicates", status.Duplicates, "replays", status.Replays,
				"skipped", status.Skipped, "error", status.Error)
		case <-ended:
			return
		}
	}
}

// report is the result.
func (c sinkCommand) report(stdout io.Writer, status sink.Status) error {
	if c.JSON {
		return json.NewEncoder(stdout).Encode(status)
	}
	_, err := fmt.Fprintf(stdout, "Wrote %d events to %d files in %s; left out %d repetitions and %d replays.\n",
		status.Written, status.Files, c.To, status.Duplicates, status.Replays)
	return err
}
