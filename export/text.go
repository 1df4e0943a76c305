package export

import (
	"bytes"
	"fmt"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/holdfast-dev/holdfast/eventstore"
	"github.com/holdfast-dev/holdfast/internal/canonical"
)

// appendTime appends a time in RFC 3339, UTC, always with microseconds, so
// that it sorts as text.
func appendTime(to []byte, at time.Time) []byte {
	return at.UTC().AppendFormat(to, "2006-01-02T15:04:05.000000Z")
}

// appendString appends text as a JSON string.
func appendString(to []byte, text string) ([]byte, error) {
	if !canonical.IsPlain(text) {
		return jsontext.AppendQuote(to, text)
	}
	to = append(to, '"')
	to = append(to, text...)
	return append(to, '"'), nil
}

// onOneLine returns JSON text without line breaks. What the commands append
// has none.
func onOneLine(text []byte) ([]byte, error) {
	if bytes.IndexByte(text, '\n') < 0 && bytes.IndexByte(text, '\r') < 0 {
		return text, nil
	}
	compact := jsontext.Value(bytes.Clone(text))
	err := compact.Compact()
	return compact, err
}

// originOf decodes the metadata of an event.
func originOf(e eventstore.Event) (m eventstore.Metadata, err error) {
	if err := json.Unmarshal(e.Metadata, &m); err != nil {
		return m, fmt.Errorf("metadata of event %d (%s): %w", e.Position, e.Type, err)
	}
	return m, nil
}

// origins decodes metadata. Events of one command have the same, one after
// another, so the last is remembered.
type origins struct {
	text     []byte
	metadata eventstore.Metadata
}

func (o *origins) of(e eventstore.Event) (m eventstore.Metadata, err error) {
	if len(o.text) > 0 && bytes.Equal(o.text, e.Metadata) {
		return o.metadata, nil
	}
	if m, err = originOf(e); err != nil {
		return m, err
	}
	o.text, o.metadata = append(o.text[:0], e.Metadata...), m
	return m, nil
}
