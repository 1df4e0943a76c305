package envelope

import (
	"strconv"

	"github.com/ThreeDotsLabs/watermill/message"

	"github.com/holdfast-dev/holdfast/eventstore"
)

// Options say what the log alone does not know. The zero value is right unless
// several logs feed one topic, or something is sent again.
type Options struct {
	// Source is a URI reference that names this log. Default [DefaultSource].
	Source string
	// Replay marks what is sent again on purpose.
	Replay bool
}

// Encode returns the message of an event. The message shares the event's
// payload. It fails on metadata that no writer of ours has written; the error
// names the event.
func Encode(e eventstore.Event, opts Options) (*message.Message, error) {
	from, err := e.DecodeMetadata()
	if err != nil {
		return nil, err
	}
	position := strconv.FormatInt(int64(e.Position), 10)
	m := message.NewMessage(position, e.Payload)
	// One allocation for all headers that there can be.
	m.Metadata = make(message.Metadata, 16)
	m.Metadata[HeaderSpecVersion] = SpecVersion
	m.Metadata[HeaderID] = position
	m.Metadata[HeaderSource] = DefaultSource
	if opts.Source != "" {
		m.Metadata[HeaderSource] = opts.Source
	}
	m.Metadata[HeaderType] = e.Type
	m.Metadata[HeaderSubject] = e.Stream
	m.Metadata[HeaderTime] = e.RecordedAt.UTC().Format(timeLayout)
	m.Metadata[HeaderPosition] = position
	m.Metadata[HeaderStreamVersion] = strconv.FormatInt(int64(e.Version), 10)
	m.Metadata[HeaderPartitionKey] = e.Stream
	m.Metadata[HeaderContentType] = ContentType
	setIfKnown(m.Metadata, HeaderActor, from.Actor)
	setIfKnown(m.Metadata, HeaderCommand, from.Command)
	setIfKnown(m.Metadata, HeaderCorrelationID, from.Correlation)
	setIfKnown(m.Metadata, HeaderTraceParent, from.TraceParent)
	if opts.Replay {
		m.Metadata[HeaderReplay] = replayed
	}
	return m, nil
}

func setIfKnown(to message.Metadata, header, value string) {
	if value != "" {
		to[header] = value
	}
}
