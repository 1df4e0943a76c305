package export

import (
	"fmt"
	"strconv"
	"time"

	"github.com/holdfast-dev/holdfast/eventstore"
)

// Lines writes events as lines of JSON. The zero Lines is ready; it is not for
// concurrent use.
type Lines struct {
	origins origins
	// origin is the text of the metadata that origins remembers.
	origin []byte
	// second is the text of a time without its microseconds.
	second []byte
	unix   int64
}

// Append appends the line of an event, with its line break.
func (l *Lines) Append(to []byte, e eventstore.Event) ([]byte, error) {
	if err := l.setOrigin(e); err != nil {
		return to, err
	}
	payload, err := onOneLine(e.Payload)
	if err != nil {
		return to, fmt.Errorf("payload of event %d (%s): %w", e.Position, e.Type, err)
	}
	to = append(to, `{"position":`...)
	to = strconv.AppendInt(to, int64(e.Position), 10)
	to = append(to, `,"stream":`...)
	if to, err = appendString(to, e.Stream); err != nil {
		return to, fmt.Errorf("stream of event %d: %w", e.Position, err)
	}
	to = append(to, `,"version":`...)
	to = strconv.AppendInt(to, int64(e.Version), 10)
	to = append(to, `,"category":`...)
	if to, err = appendString(to, eventstore.Category(e.Stream)); err != nil {
		return to, fmt.Errorf("stream of event %d: %w", e.Position, err)
	}
	to = append(to, `,"type":`...)
	if to, err = appendString(to, e.Type); err != nil {
		return to, fmt.Errorf("type of event %d: %w", e.Position, err)
	}
	to = append(to, `,"recorded_at":"`...)
	to = l.appendTime(to, e.RecordedAt)
	to = append(to, '"')
	to = append(to, l.origin...)
	if to, err = appendMember(to, "tag", e.Tag); err != nil {
		return to, fmt.Errorf("tag of event %d: %w", e.Position, err)
	}
	to = append(to, `,"payload":`...)
	to = append(to, payload...)
	return append(to, "}\n"...), nil
}

// setOrigin prepares the members that come from the metadata.
func (l *Lines) setOrigin(e eventstore.Event) error {
	m, same, err := l.origins.of(e)
	if err != nil || same {
		return err
	}
	l.origin = l.origin[:0]
	for _, member := range [...]struct{ name, text string }{
		{"actor", m.Actor}, {"command", m.Command}, {"correlation", m.Correlation}, {"traceparent", m.TraceParent},
	} {
		if l.origin, err = appendMember(l.origin, member.name, member.text); err != nil {
			return fmt.Errorf("metadata of event %d: %w", e.Position, err)
		}
	}
	return nil
}

// appendMember appends a member of an object unless its text is empty.
func appendMember(to []byte, name, text string) ([]byte, error) {
	if text == "" {
		return to, nil
	}
	to = append(to, ',', '"')
	to = append(to, name...)
	to = append(to, '"', ':')
	return appendString(to, text)
}

// appendTime is appendTime, but writes the second anew only when it has changed.
func (l *Lines) appendTime(to []byte, at time.Time) []byte {
	if unix := at.Unix(); unix != l.unix || len(l.second) == 0 {
		l.unix = unix
		l.second = at.UTC().AppendFormat(l.second[:0], "2006-01-02T15:04:05.")
	}
	to = append(to, l.second...)
	micros := at.Nanosecond() / 1000
	for unit := 100_000; unit > 0; unit /= 10 {
		to = append(to, byte('0'+micros/unit%10))
	}
	return append(to, 'Z')
}

// ndjson is the encoder of [NDJSON].
type ndjson struct {
	text
	lines Lines
}

func (*ndjson) opening() []byte { return nil }

func (n *ndjson) gather(b *batch, e eventstore.Event) (full bool, err error) {
	b.text, err = n.lines.Append(b.text, e)
	return len(b.text) >= textBatch, err
}

// text is what the encoders of text formats have in common: every line is a
// unit, and nothing is kept.
type text struct{}

func (text) partial() bool { return true }

func (text) write(b *batch, out *output) (written, error) {
	_, err := out.Write(b.text)
	return written{events: b.events, last: b.last, reached: b.passed}, err
}

func (text) close(*output) (int64, error) { return 0, nil }

func (text) save() [][]byte { return nil }

func (text) restore([][]byte) error { return nil }
