package export_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/parquet-go/parquet-go"
	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"github.com/holdfast-dev/holdfast/eventstore"
	"github.com/holdfast-dev/holdfast/export"
	"github.com/holdfast-dev/holdfast/export/parquetrow"
	"github.com/holdfast-dev/holdfast/projections/history"
)

var allFormats = []export.Format{export.NDJSON, export.CSV, export.Parquet}

// memory is a log in memory. It fails in front of position failAt.
type memory struct {
	events []eventstore.Event
	page   eventstore.Position
	failAt eventstore.Position
}

var errLost = errors.New("connection lost")

func (m memory) Select(
	ctx context.Context, s eventstore.Selection, visit func(eventstore.Event) error, passed func(eventstore.Position) error,
) error {
	page := max(m.page, 1)
	for p := s.After; p < s.UpTo; {
		last := min(p+page, s.UpTo)
		for p++; p <= last; p++ {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			if p == m.failAt {
				return errLost
			}
			match, err := s.Match(m.events[p-1])
			if err != nil {
				return err
			}
			if !match {
				continue
			}
			// The bytes are valid during the visit only.
			e := m.events[p-1]
			e.Payload, e.Metadata = bytes.Clone(e.Payload), bytes.Clone(e.Metadata)
			err = visit(e)
			for i := range e.Payload {
				e.Payload[i] = '?'
			}
			for i := range e.Metadata {
				e.Metadata[i] = '?'
			}
			if err != nil {
				return err
			}
		}
		p = last
		if err := passed(last); err != nil {
			return err
		}
	}
	return nil
}

// ScanPages opens two pages at a time, and fills them at the same time.
func (m memory) ScanPages(ctx context.Context, after, upTo eventstore.Position, open func() eventstore.Page) error {
	span := max(m.page, 1)
	for after < upTo {
		var group errgroup.Group
		var filled []func() error
		for range 2 {
			from, last, page, outcome := after, min(after+span, upTo), open(), make(chan error, 1)
			group.Go(func() error {
				part := eventstore.Selection{After: from, UpTo: last}
				outcome <- m.Select(ctx, part, page.Add, func(eventstore.Position) error { return nil })
				return nil
			})
			filled = append(filled, func() error {
				if err := <-outcome; err != nil {
					return err
				}
				return page.Done(last)
			})
			after = last
		}
		for _, done := range filled {
			if err := done(); err != nil {
				return errors.Join(err, group.Wait())
			}
		}
	}
	return nil
}

func (m memory) Read(_ context.Context, after eventstore.Position, limit int) ([]eventstore.Event, error) {
	from := min(int(after), len(m.events))
	return m.events[from:min(from+limit, len(m.events))], nil
}

func (m memory) head() eventstore.Position { return eventstore.Position(len(m.events)) }

// sale is a history of every event type.
func sale(t testing.TB, n int) memory {
	t.Helper()
	s := history.New(11)
	s.Random(n)
	return memory{events: s.Events(), page: 100}
}

// nasty are events whose texts mean something to one of the formats.
func nasty(t testing.TB) memory {
	t.Helper()
	at := time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)
	texts := []string{
		"", " ", `"`, `""`, `\`, `\"`, ",", ";", "\n", "\r", "\t", "'", "=1+1", "{}", "\u2028\u2029", "Zauberflöte", "🎭", "\u0000"[:0],
		"a,b\"c\nd", "<script>&", "\u007f", "\u00a0", strings.Repeat("x", 5000), "null", "\\u0041", "e\u0301", "\ufeff",
	}
	m := memory{page: 3}
	for i, text := range texts {
		payload, err := json.Marshal(map[string]string{"text": text})
		require.NoError(t, err)
		metadata, err := json.Marshal(eventstore.Metadata{Actor: text, Command: "c" + text, TraceParent: text})
		require.NoError(t, err)
		name := "note-" + text
		name = name[:min(len(name), 200)]
		m.events = append(m.events, eventstore.Event{
			Position: eventstore.Position(i + 1), Stream: name, Version: 1, Type: name[:min(len(name), 100)], Tag: text[:min(len(text), 200)],
			Payload: payload, Metadata: metadata, RecordedAt: at.Add(time.Duration(i) * 333_333 * time.Microsecond),
		})
	}
	return m
}

// all selects a whole log in a format.
func all(m memory, format export.Format) export.Options {
	opts := export.Options{Format: format, Selection: eventstore.Selection{UpTo: m.head()}}
	return export.SmallGroups(opts, 1_500)
}

// text exports to memory.
func text(t testing.TB, log export.Log, opts export.Options) []byte {
	t.Helper()
	var out bytes.Buffer
	_, err := export.ToStream(t.Context(), log, &out, opts)
	require.NoError(t, err)
	return out.Bytes()
}

// read turns an export into events again, as far as the format holds them.
func read(t testing.TB, format export.Format, text []byte) []eventstore.Event {
	t.Helper()
	var events []eventstore.Event
	switch format {
	case export.NDJSON:
		for line := range bytes.Lines(text) {
			var l struct {
				parquetrow.Row

				TraceParent string `json:"traceparent"`
				Tag         string `json:"tag"`
			}
			require.NoError(t, json.Unmarshal(line, &l), "%s", line)
			events = append(events, eventOf(t, l.Row, l.TraceParent, l.Tag))
		}
	case export.CSV:
		records, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
		require.NoError(t, err)
		require.Equal(t, "position,stream,version,category,type,recorded_at,actor,command,correlation,traceparent,tag,payload", strings.Join(records[0], ","))
		for _, r := range records[1:] {
			at, err := time.Parse(time.RFC3339Nano, r[5])
			require.NoError(t, err)
			events = append(events, eventOf(t, parquetrow.Row{
				Position: number(t, r[0]), Stream: r[1], Version: number(t, r[2]), Category: r[3], Type: r[4], RecordedAt: at,
				Actor: r[6], Command: r[7], Correlation: r[8], Payload: json.RawMessage(r[11]),
			}, r[9], r[10]))
		}
	case export.Parquet:
		rows, err := parquet.Read[parquetrow.Row](bytes.NewReader(text), int64(len(text)))
		require.NoError(t, err)
		for _, r := range rows {
			events = append(events, eventOf(t, r, "", ""))
		}
	}
	return events
}

func number(t testing.TB, text string) int64 {
	t.Helper()
	n, err := strconv.ParseInt(text, 10, 64)
	require.NoError(t, err)
	return n
}

func eventOf(t testing.TB, r parquetrow.Row, traceParent, tag string) eventstore.Event {
	t.Helper()
	require.Equal(t, eventstore.Category(r.Stream), r.Category)
	return eventstore.Event{
		Position: eventstore.Position(r.Position), Stream: r.Stream, Version: eventstore.Version(r.Version), Type: r.Type, Tag: tag,
		Payload: r.Payload, RecordedAt: r.RecordedAt.UTC(),
		Metadata: fmt.Appendf(nil, "%+v", eventstore.Metadata{
			Actor: r.Actor, Command: r.Command, Correlation: r.Correlation, TraceParent: traceParent,
		}),
	}
}

// asRead is what events are when they have been read from a format.
func asRead(t testing.TB, format export.Format, events []eventstore.Event) []eventstore.Event {
	t.Helper()
	want := make([]eventstore.Event, len(events))
	for i, e := range events {
		m, err := e.DecodeMetadata()
		require.NoError(t, err)
		if format == export.Parquet {
			m.TraceParent, e.Tag = "", ""
		}
		e.Metadata = fmt.Appendf(nil, "%+v", m)
		want[i] = e
	}
	return want
}
