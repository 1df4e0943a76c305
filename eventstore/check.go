package eventstore

import (
	"fmt"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// Limits of an event. Names are bounded by what an index entry holds.
const (
	maxStreamName = 200
	maxTypeName   = 100
	maxTagName    = 200
	maxPayload    = 1 << 20
)

// checkEvents refuses what Postgres would refuse, before it can spoil a group.
func checkEvents(events []NewEvent) error {
	for i := range events {
		if err := checkEvent(&events[i]); err != nil {
			return fmt.Errorf("%w: %w", ErrInvalidEvent, err)
		}
	}
	return nil
}

// asPostgres are the rules of JSON text that Postgres has. What they leave out is
// for those who encode events.
var asPostgres = []jsontext.Options{jsontext.AllowDuplicateNames(true)}

func checkEvent(e *NewEvent) error {
	switch {
	case !nameFits(e.Stream, 1, maxStreamName):
		return fmt.Errorf("stream name %.50q is not 1 to %d bytes of text", e.Stream, maxStreamName)
	case !nameFits(e.Type, 1, maxTypeName):
		return fmt.Errorf("type name %.50q is not 1 to %d bytes of text", e.Type, maxTypeName)
	case !nameFits(e.Tag, 0, maxTagName):
		return fmt.Errorf("tag %.50q is not at most %d bytes of text", e.Tag, maxTagName)
	case len(e.Payload) > maxPayload:
		return fmt.Errorf("payload of %s is %d bytes, more than %d", e.Type, len(e.Payload), maxPayload)
	case !jsontext.Value(e.Payload).IsValid(asPostgres...):
		return fmt.Errorf("payload of %s is not JSON", e.Type)
	default:
		return nil
	}
}

// checkMetadata refuses text that Postgres could store, but not show again.
func checkMetadata(m Metadata) error {
	for _, part := range [...]struct{ name, text string }{
		{"actor", m.Actor}, {"command", m.Command}, {"correlation", m.Correlation}, {"traceparent", m.TraceParent},
	} {
		if !nameFits(part.text, 0, maxPayload) {
			return fmt.Errorf("%w: %s %.50q of the command is not text without control characters", ErrInvalidEvent, part.name, part.text)
		}
	}
	return nil
}

// checkKeys refuses names that no event can have, and on which a look-up that
// other commands share would fail.
func checkKeys(keys []key) error {
	for _, k := range keys {
		if !nameFits(k.name, 1, maxStreamName) {
			return fmt.Errorf("%w: cannot look up %.50q, a name is 1 to %d bytes of text", ErrInvalidEvent, k.name, maxStreamName)
		}
	}
	return nil
}

// nameFits reports whether a name has a length in bytes that an index can take
// and holds nothing that Postgres text cannot.
func nameFits(name string, shortest, longest int) bool {
	if len(name) < shortest || len(name) > longest || !utf8.ValidString(name) {
		return false
	}
	for i := range len(name) {
		if name[i] < ' ' {
			return false
		}
	}
	return true
}
