package parquetrow_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/parquet-go/parquet-go"
	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/eventstore"
	"github.com/holdfast-dev/holdfast/export/parquetrow"
)

// The schema is a contract with whoever reads the files.
func TestSchema(t *testing.T) {
	t.Parallel()
	require.Equal(t, `message Row {
	required int64 position (INT(64,true));
	required binary stream (STRING);
	required int64 version (INT(64,true));
	required binary category (STRING);
	required binary type (STRING);
	required int64 recorded_at (TIMESTAMP(isAdjustedToUTC=true,unit=MICROS));
	optional binary actor (STRING);
	optional binary command (STRING);
	optional binary correlation (STRING);
	required binary payload (JSON);
}`, parquet.SchemaOf(parquetrow.Row{}).String())
}

func TestRowsComeBack(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 3, 2, 8, 0, 0, 123_456_000, time.UTC)
	rows := []parquetrow.Row{
		parquetrow.Of(eventstore.Event{
			Position: 1, Stream: "seat-a-7", Version: 1, Type: "seat.held.v1", RecordedAt: at,
			Payload: []byte("{\"title\":\"\\\"quoted\\\", Zauberfl\u00f6te\u2028\"}"),
		}, eventstore.Metadata{Actor: "user:1", Command: "hold_seats", Correlation: "c"}),
		parquetrow.Of(eventstore.Event{
			Position: 2, Stream: "x", Version: 1 << 40, Type: "t", RecordedAt: at.Add(time.Microsecond), Payload: []byte(`{}`),
		}, eventstore.Metadata{}),
	}
	var file bytes.Buffer
	w := parquet.NewGenericWriter[parquetrow.Row](&file, parquetrow.Options()...)
	_, err := w.Write(rows)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	read, err := parquet.Read[parquetrow.Row](bytes.NewReader(file.Bytes()), int64(file.Len()))
	require.NoError(t, err)
	require.Equal(t, rows, read)
}
