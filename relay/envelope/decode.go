package envelope

import (
	"fmt"
	"strconv"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"

	"github.com/holdfast-dev/holdfast/eventstore"
)

// ForeignError says that a message is not one that [Encode] makes. It is never
// skipped: what stands behind it may be one of ours, and is not read.
type ForeignError struct {
	Origin Origin
	// Header is the one that is missing or wrong.
	Header string
	// Why says what is wrong with it.
	Why string
}

// Error implements the error interface.
func (e *ForeignError) Error() string {
	at := "message of no broker"
	if e.Origin.Topic != "" {
		at = fmt.Sprintf("message at %s/%d offset %d", e.Origin.Topic, e.Origin.Partition, e.Origin.Offset)
	}
	return fmt.Sprintf("%s is not an event of holdfast: header %s %s", at, e.Header, e.Why)
}

// Decode reads a message that [Encode] has made. The envelope shares the
// message's payload. Headers that it does not know are left alone: whatever
// carried the message may have added them. Any other message is a
// [ForeignError].
func Decode(m *message.Message) (Envelope, error) {
	h := headers{of: m.Metadata, origin: originOf(m.Metadata)}
	h.expect(HeaderSpecVersion, SpecVersion)
	h.expect(HeaderContentType, ContentType)
	e := Envelope{
		Source:     h.text(HeaderSource),
		Position:   eventstore.Position(h.number(HeaderPosition)),
		Stream:     h.text(HeaderSubject),
		Version:    eventstore.Version(h.number(HeaderStreamVersion)),
		Type:       h.text(HeaderType),
		RecordedAt: h.time(HeaderTime),
		Metadata: eventstore.Metadata{
			Actor:       m.Metadata[HeaderActor],
			Command:     m.Metadata[HeaderCommand],
			Correlation: m.Metadata[HeaderCorrelationID],
			TraceParent: m.Metadata[HeaderTraceParent],
		},
		Payload: m.Payload,
		Replay:  h.flag(HeaderReplay),
		Origin:  h.origin,
	}
	h.expect(HeaderID, m.Metadata[HeaderPosition])
	h.expect(HeaderPartitionKey, e.Stream)
	if h.wrong != nil {
		return Envelope{}, h.wrong
	}
	return e, nil
}

// headers reads the headers of one message and keeps the first fault.
type headers struct {
	of     message.Metadata
	origin Origin
	wrong  error
}

func (h *headers) fault(header, why string) {
	if h.wrong == nil {
		h.wrong = &ForeignError{Origin: h.origin, Header: header, Why: why}
	}
}

func (h *headers) text(header string) string {
	value := h.of[header]
	if value == "" {
		h.fault(header, "is missing")
	}
	return value
}

func (h *headers) expect(header, wanted string) {
	if value := h.text(header); value != wanted {
		h.fault(header, fmt.Sprintf("is %q, not %q", value, wanted))
	}
}

func (h *headers) number(header string) int64 {
	value := h.text(header)
	number, err := strconv.ParseInt(value, 10, 64)
	if err != nil || number < 1 || strconv.FormatInt(number, 10) != value {
		h.fault(header, fmt.Sprintf("is %q, not a number from 1 on", value))
	}
	return number
}

func (h *headers) time(header string) time.Time {
	value := h.text(header)
	at, err := time.Parse(timeLayout, value)
	if err != nil {
		h.fault(header, fmt.Sprintf("is %q, not a time like %s", value, timeLayout))
	}
	return at
}

func (h *headers) flag(header string) bool {
	value, there := h.of[header]
	if there && value != replayed {
		h.fault(header, fmt.Sprintf("is %q, not %q", value, replayed))
	}
	return there
}

// originOf reads what [Origin.Note] has noted.
func originOf(m message.Metadata) Origin {
	partition, _ := strconv.ParseInt(m[OriginPartition], 10, 32)
	offset, _ := strconv.ParseInt(m[OriginOffset], 10, 64)
	return Origin{Topic: m[OriginTopic], Partition: int32(partition), Offset: offset}
}

// Note records where a message stood, for [Decode] to tell.
func (o Origin) Note(m message.Metadata) {
	m[OriginTopic] = o.Topic
	m[OriginPartition] = strconv.FormatInt(int64(o.Partition), 10)
	m[OriginOffset] = strconv.FormatInt(o.Offset, 10)
}
