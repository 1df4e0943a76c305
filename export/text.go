package export

import (
	"bytes"
	"fmt"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/holdfast-dev/holdfast/eventstore"
)

// appendTime appends a time in RFC 3339, UTC, always with microseconds, so
// that it sorts as text.
func appendTime(to []byte, at time.Time) []byte {
	return at.UTC().AppendFormat(to, "2006-01-02T15:04:05.000000Z")
}

// appendString appends text as a JSON string.
func appendString(to []byte, text string) ([]byte, error) {
	for i := range len(text) {
		if c := text[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			return jsontext.AppendQuote(to, text)
		}
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

// origins decodes metadata. Events of one command have the same, one after
// another, so the last is remembered.
type origins struct {
	text     []byte
	metadata eventstore.Metadata
}

// of returns the metadata of an event, and whether it is that of the last one.
func (o *origins) of(e eventstore.Event) (m eventstore.Metadata, same bool, err error) {
	if len(o.text) > 0 && bytes.Equal(o.text, e.Metadata) {
		return o.metadata, true, nil
	}
	if err := json.Unmarshal(e.Metadata, &m); err != nil {
		return m, false, fmt.Errorf("metadata of event %d (%s): %w", e.Position, e.Type, err)
	}
	o.text, o.metadata = append(o.text[:0], e.Metadata...), m
	return m, false, nil
}
