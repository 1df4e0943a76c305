package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/holdfast-dev/holdfast/internal/bench"
)

// baseline is what every rate is compared with: pgbench as it comes, with 64
// clients that each insert one row of 200 bytes durably in a transaction of
// its own, over and over. With prepared statements, its fastest way, it is
// measured too. Nothing that asks Postgres once for each command is faster.
const (
	baseline = "pgbench"
	prepared = "pgbench, prepared statements"
)

const (
	pgbenchTable  = `CREATE TABLE single_rows (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, payload text NOT NULL)`
	pgbenchScript = `INSERT INTO single_rows (payload) VALUES ('%s');`
)

// pgbench runs the program of that name.
type pgbench struct {
	program     string
	folder      string
	databaseURL string
}

func newPgbench(ctx context.Context, s *server) (*pgbench, error) {
	program := filepath.Join(s.postgres.Binaries(), "pgbench")
	if _, err := os.Stat(program); err != nil {
		if program, err = exec.LookPath("pgbench"); err != nil {
			return nil, errors.New("pgbench is missing: install the client programs of PostgreSQL (postgresql-contrib)")
		}
	}
	databaseURL, err := s.lasting(ctx, "baseline")
	if err != nil {
		return nil, err
	}
	if err := execute(ctx, databaseURL, pgbenchTable); err != nil {
		return nil, err
	}
	p := &pgbench{program: program, folder: filepath.Join(s.folder, "pgbench"), databaseURL: databaseURL}
	if err := os.Mkdir(p.folder, 0o700); err != nil {
		return nil, err
	}
	script := fmt.Sprintf(pgbenchScript, strings.Repeat("x", payloadSize))
	return p, os.WriteFile(p.script(), []byte(script), 0o600)
}

func (p *pgbench) script() string { return filepath.Join(p.folder, "insert.sql") }

// measure runs pgbench with one of its ways to send statements.
func (p *pgbench) measure(name, protocol string) bench.Measure {
	return p.measureWith(name, "--protocol="+protocol)
}

// offered is the baseline at a fixed rate, with latencies from when an insert is
// due. It shows what stalls the machine and the disk have by themselves.
func (p *pgbench) offered(name string, perSecond int) bench.Measure {
	return p.measureWith(name, "--rate="+strconv.Itoa(perSecond))
}

func (p *pgbench) measureWith(name, option string) bench.Measure {
	return bench.Measure{Name: name, Run: func(ctx context.Context, length time.Duration) (bench.Sample, error) {
		return p.run(ctx, length, option)
	}}
}

// run lets pgbench log each transaction, because it prints no percentiles.
func (p *pgbench) run(ctx context.Context, length time.Duration, option string) (bench.Sample, error) {
	logs := filepath.Join(p.folder, "log")
	seconds := max(1, int(length/time.Second))                                                       // it takes whole ones
	command := exec.CommandContext(ctx, p.program, "--no-vacuum", option, "--client=64", "--jobs=2", //nolint:gosec // our own words
		"--time="+strconv.Itoa(seconds), "--file="+p.script(), "--log", "--log-prefix="+logs, p.databaseURL)
	if output, err := command.CombinedOutput(); err != nil {
		return bench.Sample{}, fmt.Errorf("pgbench: %w\n%s", err, output)
	}
	files, err := filepath.Glob(logs + ".*")
	if err != nil {
		return bench.Sample{}, err
	}
	var latencies []time.Duration
	for _, file := range files {
		if latencies, err = readLatencies(file, latencies); err != nil {
			return bench.Sample{}, err
		}
		if err := os.Remove(file); err != nil {
			return bench.Sample{}, err
		}
	}
	return bench.Summarise(latencies, time.Duration(seconds)*time.Second), nil
}

// readLatencies adds the third column of a transaction log, in microseconds.
func readLatencies(file string, latencies []time.Duration) ([]time.Duration, error) {
	log, err := os.Open(file) //nolint:gosec // made by the run before
	if err != nil {
		return nil, err
	}
	defer func() { _ = log.Close() }()
	lines := bufio.NewScanner(log)
	for lines.Scan() {
		columns := strings.Fields(lines.Text())
		if len(columns) < 3 {
			return nil, fmt.Errorf("pgbench logged %q", lines.Text())
		}
		microseconds, err := strconv.ParseInt(columns[2], 10, 64)
		if err != nil {
			return nil, fmt.Errorf("pgbench logged %q: %w", lines.Text(), err)
		}
		latencies = append(latencies, time.Duration(microseconds)*time.Microsecond)
	}
	return latencies, lines.Err()
}
