// Package parquetrow is what an event looks like in a Parquet file, whoever
// writes it: exports of the log and files made from Kafka have the same
// columns, so that one query reads both.
//
//	w := parquet.NewGenericWriter[parquetrow.Row](file, parquetrow.Options()...)
//	row := parquetrow.Of(event, metadata)
//	w.Write([]parquetrow.Row{row})
//
// A column never changes its meaning. Another one may be added at the end.
package parquetrow

import (
	"encoding/json"
	"time"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress/zstd"

	"github.com/holdfast-dev/holdfast/eventstore"
)

// Group is how many rows a row group has: enough for a reader to skip and to
// share out, and little enough to gather in memory.
const Group = 65_536

// SchemaVersion is written into each file. It goes up when a column changes
// its meaning or goes away.
const SchemaVersion = "1"

// Row is one event. The order of the fields is that of the columns.
type Row struct {
	// Position is the event's place in the log, counted from 1.
	Position int64 `parquet:"position,delta" json:"position"`
	// Stream is what the event is about: "seat-{performance}-7".
	Stream string `parquet:"stream" json:"stream"`
	// Version is its place in the stream, counted from 1.
	Version int64 `parquet:"version" json:"version"`
	// Category is the name of the stream up to the first hyphen: "seat".
	Category string `parquet:"category,dict" json:"category"`
	// Type is the wire name: "seat.held.v1".
	Type string `parquet:"type,dict" json:"type"`
	// RecordedAt is the store's time of the append, UTC, in microseconds.
	RecordedAt time.Time `parquet:"recorded_at,delta,timestamp(microsecond:utc)" json:"recorded_at"`
	// Actor is who sent the command: "user:<id>". Null if that is not known,
	// as are the next two.
	Actor string `parquet:"actor,optional" json:"actor,omitempty"`
	// Command is the name of the command that decided the event: "hold_seats".
	Command string `parquet:"command,optional,dict" json:"command,omitempty"`
	// Correlation is the id of the request.
	Correlation string `parquet:"correlation,optional" json:"correlation,omitempty"`
	// Payload is the event's JSON text, as it stands in the log.
	Payload json.RawMessage `parquet:"payload,json" json:"payload"`
}

// Of returns the row of an event with its decoded metadata. The payload is
// shared with the event.
func Of(e eventstore.Event, m eventstore.Metadata) Row {
	return Row{
		Position: int64(e.Position), Stream: e.Stream, Version: int64(e.Version),
		Category: eventstore.Category(e.Stream), Type: e.Type, RecordedAt: e.RecordedAt,
		Actor: m.Actor, Command: m.Command, Correlation: m.Correlation, Payload: e.Payload,
	}
}

// Options are those of every writer of these rows: compressed with zstd, in
// row groups of [Group] rows, sorted by position.
func Options() []parquet.WriterOption {
	return []parquet.WriterOption{
		parquet.Compression(&zstd.Codec{Level: zstd.SpeedFastest}),
		parquet.MaxRowsPerRowGroup(Group),
		parquet.CreatedBy("holdfast", SchemaVersion, ""),
		parquet.SortingWriterConfig(parquet.SortingColumns(parquet.Ascending("position"))),
		parquet.KeyValueMetadata("holdfast.schema", SchemaVersion),
		// Bounds of these help no reader, and would make the footer grow.
		parquet.SkipPageBounds("payload"), parquet.SkipPageBounds("correlation"),
	}
}
