package export

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/holdfast-dev/holdfast/eventstore"
	"github.com/holdfast-dev/holdfast/internal/canonical"
)

// Lines writes events as lines of JSON. The zero Lines is ready; it is not for
// concurrent use.
type Lines struct {
	// metadata is that of the last event, and origin what the line says of it.
	metadata, origin []byte
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

// setOrigin prepares the members that come from the metadata. Events of one
// command have the same, one after another.
func (l *Lines) setOrigin(e eventstore.Event) error {
	if len(l.metadata) > 0 && bytes.Equal(l.metadata, e.Metadata) {
		return nil
	}
	l.metadata = append(l.metadata[:0], e.Metadata...)
	if members, plain := plainMembers(e.Metadata); plain {
		l.origin = append(append(l.origin[:0], ','), members...)
		return nil
	}
	l.origin = l.origin[:0]
	m, err := originOf(e)
	if err != nil {
		return err
	}
	for i, text := range [...]string{m.Actor, m.Command, m.Correlation, m.TraceParent} {
		if l.origin, err = appendMember(l.origin, originMembers[i], text); err != nil {
			return fmt.Errorf("metadata of event %d: %w", e.Position, err)
		}
	}
	return nil
}

// originMembers are the members that come from the metadata, in the order of
// both.
var originMembers = [...]string{"actor", "command", "correlation", "traceparent"}

// plainMembers returns the members of metadata as they are in the line, which
// is how commands write them: known ones only, in order, none of them empty,
// with nothing escaped and no blanks. Anything else is to be decoded.
func plainMembers(metadata []byte) (members []byte, plain bool) {
	if len(metadata) < 2 || metadata[0] != '{' || metadata[len(metadata)-1] != '}' {
		return nil, false
	}
	members = metadata[1 : len(metadata)-1]
	rest, next := members, 0
	for {
		var name, text []byte
		if name, rest, plain = cutPlainString(rest); !plain || len(rest) == 0 || rest[0] != ':' {
			return nil, false
		}
		if text, rest, plain = cutPlainString(rest[1:]); !plain || len(text) == 0 {
			return nil, false
		}
		at := slices.Index(originMembers[next:], string(name))
		if at < 0 {
			return nil, false
		}
		next += at + 1
		if len(rest) == 0 {
			return members, true
		}
		if rest[0] != ',' {
			return nil, false
		}
		rest = rest[1:]
	}
}

// cutPlainString cuts a JSON string with nothing escaped off the beginning of
// text, if one is there.
func cutPlainString(text []byte) (content, rest []byte, plain bool) {
	if len(text) == 0 || text[0] != '"' {
		return nil, nil, false
	}
	end := bytes.IndexByte(text[1:], '"') + 1
	if end == 0 || !canonical.IsPlain(text[1:end]) {
		return nil, nil, false
	}
	return text[1:end], text[end+1:], true
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
type ndjson struct{ text }

func (ndjson) opening() []byte { return nil }

func (ndjson) gather(b *batch, e eventstore.Event) (err error) {
	b.text, err = b.lines.Append(b.text, e)
	b.full = len(b.text) >= textBatch
	return err
}

// text is what the encoders of text formats have in common: every line is a
// unit, and nothing is kept.
type text struct{}

func (text) independent() bool { return true }

func (text) write(b *batch, out *output) (written, error) {
	_, err := out.Write(b.text)
	return written{events: b.events, last: b.last, reached: b.passed}, err
}

func (text) close(*output) (int64, error) { return 0, nil }

func (text) save() [][]byte { return nil }

func (text) restore([][]byte) error { return nil }
