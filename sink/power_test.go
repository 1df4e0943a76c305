package sink

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/eventstore"
	"github.com/holdfast-dev/holdfast/export/parquetrow"
)

// supply is a topic of two partitions, whose events go through three hours
// and come back to the first.
func supply() map[Partition][]*parquetrow.Row {
	begin := time.Date(2026, 11, 27, 21, 50, 0, 0, time.UTC)
	rows := make(map[Partition][]*parquetrow.Row)
	for position := range int64(24) {
		at := begin.Add(time.Duration(position) * 5 * time.Minute)
		if position == 20 {
			at = begin // the store's clock was set back
		}
		p := Partition{Topic: "t", Number: int32(position % 2)}
		stream := fmt.Sprintf("seat-%d", p.Number)
		rows[p] = append(rows[p], &parquetrow.Row{
			Position: position + 1, Stream: stream, Version: position/2 + 1, Category: eventstore.Category(stream),
			Type: "seat.held.v1", RecordedAt: at, Payload: []byte(`{}`),
		})
	}
	return rows
}

// drain brings a supply to a disk in small batches, from where the disk ends.
func drain(d disk, rows map[Partition][]*parquetrow.Row) error {
	ctx := context.Background()
	f, err := openFolder(ctx, d, "/data", identity{Source: "/s", Group: "g", Format: NDJSON})
	if err != nil {
		return err
	}
	marks, err := f.marks(ctx)
	if err != nil {
		return errors.Join(err, f.close())
	}
	for {
		b := batch{marks: make(map[Partition]step)}
		for p, all := range rows {
			from := marks[p].Next
			if to := min(from+5, int64(len(all))); to > from {
				b.marks[p] = step{from: from, to: Mark{Next: to, Position: all[to-1].Position}}
				b.rows = append(b.rows, all[from:to]...)
			}
		}
		if b.empty() {
			return f.close()
		}
		if _, err := f.write(ctx, b); err != nil {
			return errors.Join(err, f.close())
		}
		for p, s := range b.marks {
			if marks == nil {
				marks = make(map[Partition]Mark)
			}
			marks[p] = s.to
		}
	}
}

// fault says what is wrong with what a reader finds.
func fault(d *powerless, rows map[Partition][]*parquetrow.Row) error {
	var found []int64
	for name, f := range d.names() {
		folder, is := strings.CutPrefix(filepath.Dir(name), "/data/")
		if f == nil || !is || !strings.HasPrefix(folder, "date=") {
			continue
		}
		for text := range bytes.Lines(f.content) {
			var l line
			if err := json.Unmarshal(text, &l); err != nil {
				return fmt.Errorf("%s: %q: %w", name, text, err)
			}
			at, err := time.Parse(timeText, l.RecordedAt)
			if err != nil || at.Format("date=2006-01-02/hour=15") != folder {
				return fmt.Errorf("event %d of %s is in %s", l.Position, l.RecordedAt, name)
			}
			found = append(found, l.Position)
		}
	}
	var wanted []int64
	for _, all := range rows {
		for _, row := range all {
			wanted = append(wanted, row.Position)
		}
	}
	slices.Sort(found)
	slices.Sort(wanted)
	if !slices.Equal(found, wanted) {
		return fmt.Errorf("positions %v, not %v", found, wanted)
	}
	return nil
}

// outages drains a supply over and over, with the power gone at every step
// there is and once more at random, and returns the first fault.
func outages(lie func(step, path string) bool) error {
	rows := supply()
	for first := 1; ; first++ {
		coin := rand.New(rand.NewPCG(uint64(first), 1))
		d := newPowerless()
		d.lie = lie
		d.left = first
		err := drain(d, rows)
		if err == nil {
			return fault(d, rows)
		}
		if !errors.Is(err, errPower) {
			return err
		}
		d = d.restart(coin)
		d.left = coin.IntN(80)
		_ = drain(d, rows)
		d = d.restart(coin)
		if err := drain(d, rows); err != nil {
			return fmt.Errorf("power gone at step %d: %w", first, err)
		}
		if err := fault(d, rows); err != nil {
			return fmt.Errorf("power gone at step %d: %w", first, err)
		}
	}
}

func TestNothingIsLostOrDoubledWhereverThePowerGoes(t *testing.T) {
	t.Parallel()
	require.NoError(t, outages(func(string, string) bool { return false }))
}

func TestForgottenStepsAreFound(t *testing.T) {
	t.Parallel()
	for name, lie := range map[string]func(step, path string) bool{
		"committed before the data is synced":  func(step, path string) bool { return step == "sync" && strings.Contains(path, stagingPrefix) },
		"state not synced":                     func(step, path string) bool { return step == "sync" && strings.Contains(path, stateFile) },
		"rename of the data forgotten":         func(step, path string) bool { return step == "rename" && strings.Contains(path, "date=") },
		"rename of the state forgotten":        func(step, path string) bool { return step == "rename" && strings.Contains(path, stateFile) },
		"names of staged files not synced":     func(step, path string) bool { return step == "sync folder" && strings.Contains(path, stagingPrefix) },
		"names of files not synced":            func(step, path string) bool { return step == "sync folder" && strings.Contains(path, "hour=") },
		"name of the day's folder not synced":  func(step, path string) bool { return step == "sync folder" && path == "/data" },
		"name of the hour's folder not synced": func(step, path string) bool { return step == "sync folder" && filepath.Base(path) == "date=2026-11-27" },
		"name of the state not synced":         func(step, path string) bool { return step == "sync folder" && path == "/data/"+ownFolder },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Error(t, outages(lie))
		})
	}
}
