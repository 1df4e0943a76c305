package export

import (
	"bytes"
	"encoding/csv"
	"strconv"

	"github.com/holdfast-dev/holdfast/eventstore"
)

// csvHeader names the columns, in order.
var csvHeader = []string{
	"position", "stream", "version", "category", "type", "recorded_at",
	"actor", "command", "correlation", "traceparent", "tag", "payload",
}

// csvText is the encoder of [CSV].
type csvText struct{ text }

func (csvText) opening() []byte {
	line, _ := appendRecord(nil, csvHeader) // writing to memory cannot fail
	return line
}

func (csvText) gather(b *batch, e eventstore.Event) error {
	m, err := b.origins.of(e)
	if err != nil {
		return err
	}
	payload, err := onOneLine(e.Payload)
	if err != nil {
		return err
	}
	b.text, err = appendRecord(b.text, []string{
		strconv.FormatInt(int64(e.Position), 10), e.Stream, strconv.FormatInt(int64(e.Version), 10),
		eventstore.Category(e.Stream), e.Type, string(appendTime(nil, e.RecordedAt)),
		m.Actor, m.Command, m.Correlation, m.TraceParent, e.Tag, string(payload),
	})
	b.full = len(b.text) >= textBatch
	return err
}

func appendRecord(to []byte, record []string) ([]byte, error) {
	buffer := bytes.NewBuffer(to)
	w := csv.NewWriter(buffer)
	if err := w.Write(record); err != nil {
		return to, err
	}
	w.Flush()
	return buffer.Bytes(), w.Error()
}
