package sink

import (
	"bufio"
	"io"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/klauspost/compress/gzip"

	"github.com/holdfast-dev/holdfast/export/parquetrow"
)

// line is a [Row] with its time as text and its payload as an object.
type line struct {
	Position    int64          `json:"position"`
	Stream      string         `json:"stream"`
	Version     int64          `json:"version"`
	Category    string         `json:"category"`
	Type        string         `json:"type"`
	RecordedAt  string         `json:"recorded_at"`
	Actor       string         `json:"actor,omitzero"`
	Command     string         `json:"command,omitzero"`
	Correlation string         `json:"correlation,omitzero"`
	Payload     jsontext.Value `json:"payload"`
}

// timeText is RFC 3339, UTC, always with six places, so that it sorts as text.
const timeText = "2006-01-02T15:04:05.000000Z"

func encodeNDJSON(out io.Writer, rows []*parquetrow.Row) error {
	w := bufio.NewWriterSize(out, 256<<10)
	encoder := jsontext.NewEncoder(w)
	for _, r := range rows {
		err := json.MarshalEncode(encoder, line{
			Position: r.Position, Stream: r.Stream, Version: r.Version, Category: r.Category, Type: r.Type,
			RecordedAt: r.RecordedAt.UTC().Format(timeText),
			Actor:      r.Actor, Command: r.Command, Correlation: r.Correlation, Payload: jsontext.Value(r.Payload),
		})
		if err != nil {
			return err
		}
	}
	return w.Flush()
}

func encodeGzip(out io.Writer, rows []*parquetrow.Row) error {
	w, err := gzip.NewWriterLevel(out, gzip.BestSpeed)
	if err != nil {
		return err
	}
	if err := encodeNDJSON(w, rows); err != nil {
		return err
	}
	return w.Close()
}
