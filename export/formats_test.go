package export_test

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/parquet-go/parquet-go"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/holdfast-dev/holdfast/eventstore"
	"github.com/holdfast-dev/holdfast/export"
	"github.com/holdfast-dev/holdfast/export/parquetrow"
)

func TestExportsRoundTrip(t *testing.T) {
	t.Parallel()
	for name, log := range map[string]memory{"every type": sale(t, 4_000), "nasty texts": nasty(t), "nothing": {}} {
		for _, format := range allFormats {
			t.Run(name+" as "+string(format), func(t *testing.T) {
				t.Parallel()
				got := read(t, format, text(t, log, all(log, format)))
				if len(log.events) == 0 {
					require.Empty(t, got)
					return
				}
				require.Equal(t, asRead(t, format, log.events), got)
			})
		}
	}
}

// Many row groups become one file with the right places in its footer.
func TestParquetOfManyGroups(t *testing.T) {
	const group = 4_096
	t.Parallel()
	log := sale(t, 3_000)
	one := log.events
	for len(log.events) < 3*group+1 {
		e := one[len(log.events)%len(one)]
		e.Position = eventstore.Position(len(log.events) + 1)
		log.events = append(log.events, e)
	}
	log.page = 10_000
	file := text(t, log, export.SmallGroups(all(log, export.Parquet), group))
	require.Equal(t, asRead(t, export.Parquet, log.events), read(t, export.Parquet, file))

	opened, err := parquet.OpenFile(bytes.NewReader(file), int64(len(file)))
	require.NoError(t, err)
	require.Len(t, opened.RowGroups(), 4)
	require.EqualValues(t, len(log.events), opened.NumRows())
	for i, group := range opened.Metadata().RowGroups {
		require.EqualValues(t, i, group.Ordinal)
	}
	// A reader that asks for one column of one group finds it.
	rows := opened.RowGroups()[2].Rows()
	defer func() { require.NoError(t, rows.Close()) }()
	first := make([]parquet.Row, 1)
	_, err = rows.ReadRows(first)
	require.NoError(t, err)
	require.EqualValues(t, 2*group+1, first[0][0].Int64())
	schema, found := opened.Lookup("holdfast.schema")
	require.True(t, found)
	require.Equal(t, parquetrow.SchemaVersion, schema)
}

func TestLinesAreAsDocumented(t *testing.T) {
	t.Parallel()
	log := memory{events: []eventstore.Event{{
		Position: 7, Stream: "seat-a-7", Version: 2, Type: "seat.held.v1", Tag: "holds-u",
		Payload: []byte("{\n\t\"seat\": 7\r\n}"), Metadata: []byte(`{"actor":"user:u","command":"hold_seats","correlation":"c","traceparent":"00-1"}`),
		RecordedAt: time.Date(2026, 3, 2, 8, 0, 0, 1_000, time.UTC),
	}}}
	var lines export.Lines
	line, err := lines.Append(nil, log.events[0])
	require.NoError(t, err)
	require.Equal(t, `{"position":7,"stream":"seat-a-7","version":2,"category":"seat","type":"seat.held.v1",`+
		`"recorded_at":"2026-03-02T08:00:00.000001Z","actor":"user:u","command":"hold_seats","correlation":"c","traceparent":"00-1",`+
		`"tag":"holds-u","payload":{"seat":7}}`+"\n", string(line))

	_, err = lines.Append(nil, eventstore.Event{Position: 9, Type: "x", Metadata: []byte(`[]`)})
	require.ErrorContains(t, err, "metadata of event 9 (x)")
}

// Only what was selected is exported, in any format.
func TestExportsSelect(t *testing.T) {
	t.Parallel()
	log := sale(t, 600)
	rapid.Check(t, func(rt *rapid.T) {
		format := rapid.SampledFrom(allFormats).Draw(rt, "format")
		s := eventstore.Selection{
			After:      eventstore.Position(rapid.IntRange(0, len(log.events)).Draw(rt, "after")),
			UpTo:       eventstore.Position(rapid.IntRange(0, len(log.events)).Draw(rt, "upTo")),
			Categories: rapid.SliceOfN(rapid.SampledFrom([]string{"seat", "wallet", "concert"}), 0, 2).Draw(rt, "categories"),
			Types:      rapid.SliceOfN(rapid.SampledFrom([]string{"seat.*", "wallet.charged.v1", "*"}), 0, 2).Draw(rt, "types"),
		}
		var want []eventstore.Event
		for _, e := range log.events {
			if match, err := s.Match(e); err == nil && match {
				want = append(want, e)
			}
		}
		var last export.Progress
		var out bytes.Buffer
		result, err := export.ToStream(t.Context(), log, &out, export.Options{Format: format, Selection: s, Progress: func(p export.Progress) {
			require.GreaterOrEqual(rt, p.Position, last.Position)
			last = p
		}})
		require.NoError(rt, err)
		require.Len(rt, read(t, format, out.Bytes()), len(want))
		require.EqualValues(rt, len(want), result.Events)
		require.EqualValues(rt, out.Len(), result.Bytes)
		require.Equal(rt, last, result.Progress)
	})
}

func TestUnknownFormat(t *testing.T) {
	t.Parallel()
	_, err := export.ToStream(t.Context(), memory{}, io.Discard, export.Options{Format: "xml"})
	require.ErrorContains(t, err, `format "xml" is none of ndjson, csv and parquet`)
}

type brokenPipe struct{ left int }

var errPipe = errors.New("nobody reads")

func (b *brokenPipe) Write(p []byte) (int, error) {
	if b.left -= len(p); b.left < 0 {
		return 0, errPipe
	}
	return len(p), nil
}

func TestAReaderThatLeavesEndsTheExport(t *testing.T) {
	t.Parallel()
	log := sale(t, 20_000)
	for _, format := range allFormats {
		_, err := export.ToStream(t.Context(), log, &brokenPipe{left: 100}, all(log, format))
		require.ErrorIs(t, err, errPipe, format)
	}
}

func FuzzLinesOfMetadata(f *testing.F) {
	for _, metadata := range []string{
		`{"actor":"user:1","command":"pay","correlation":"c","traceparent":"00-1-2-01"}`,
		`{"actor":"user:1","traceparent":"00-1-2-01"}`,
		`{"command":"pay"}`, `{}`, `{"actor":""}`, `{"actor":"a","command":""}`, `{"actor":"","command":"pay"}`,
		`{"command":"pay","actor":"user:1"}`, `{"actor":"user:1","other":"x"}`, `{"actor":"user:1","other":7,"command":"pay"}`,
		`{ "actor":"user:1"}`, `{"actor": "user:1"}`, `{"actor":"user:1" }`, `{"actor":"a\"b","command":"pay"}`,
		`{"actor":"a\\","command":"pay"}`, `{"actor":"\u0061"}`, `{"actor":"é","command":"pay"}`, `{"actor":null,"command":"pay"}`,
		`{"actor":"a","actor":"b"}`, `{"actor":"a",}`, `{"actor":"a"`, `{"actor"}`, `{,}`, `{"actor":"a"}}`, `{"ACTOR":"a"}`, ``,
	} {
		f.Add(metadata)
	}
	f.Fuzz(func(t *testing.T, metadata string) {
		e := eventstore.Event{
			Position: 1, Stream: "wallet-1", Version: 1, Type: "t", Payload: []byte(`{}`),
			Metadata: []byte(metadata), RecordedAt: time.Unix(1, 0).UTC(),
		}
		log := memory{events: []eventstore.Event{e}}
		var known eventstore.Metadata
		if err := json.Unmarshal(e.Metadata, &known); err != nil { // as strict as the log is read
			_, err := export.ToStream(t.Context(), log, io.Discard, all(log, export.NDJSON))
			require.ErrorContains(t, err, "metadata of event 1", metadata)
			return
		}
		e.Metadata, _ = json.Marshal(known)
		require.Equal(t, asRead(t, export.NDJSON, []eventstore.Event{e}), read(t, export.NDJSON, text(t, log, all(log, export.NDJSON))))
	})
}

func FuzzLines(f *testing.F) {
	f.Add("seat-1", "a\u2028b", "{}")
	f.Fuzz(func(t *testing.T, stream, actor, payload string) {
		if !validText(stream) || !validText(actor) {
			t.Skip()
		}
		encoded := quote(t, actor)
		e := eventstore.Event{
			Position: 1, Stream: stream, Version: 1, Type: "t", Payload: []byte(quote(t, payload)),
			Metadata: []byte(`{"actor":` + encoded + `}`), RecordedAt: time.Unix(1, 0).UTC(),
		}
		log := memory{events: []eventstore.Event{e}}
		for _, format := range []export.Format{export.NDJSON, export.CSV} {
			out := text(t, log, all(log, format))
			if format == export.NDJSON {
				require.Equal(t, 1, strings.Count(string(out), "\n"))
			} else if strings.Contains(stream+actor, "\r") {
				continue // readers of CSV in Go drop it in front of a line break
			}
			require.Equal(t, asRead(t, format, log.events), read(t, format, out))
		}
	})
}
