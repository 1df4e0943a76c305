package envelope_test

import (
	"encoding/json"
	"maps"
	"testing"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/holdfast-dev/holdfast/eventstore"
	"github.com/holdfast-dev/holdfast/relay/envelope"
)

func held() eventstore.Event {
	return eventstore.Event{
		Position: 4711, Stream: "seat-p-7", Version: 3, Type: "seat.held.v1",
		Payload:    []byte(`{"seat": 7}`),
		Metadata:   []byte(`{"actor":"user:u","command":"hold_seats","correlation":"r","traceparent":"00-a-b-01"}`),
		RecordedAt: time.Date(2026, 3, 1, 20, 0, 0, 120_000, time.UTC),
	}
}

func encode(t require.TestingT, e eventstore.Event, opts envelope.Options) *message.Message {
	m, err := envelope.Encode(e, opts)
	require.NoError(t, err)
	return m
}

func TestEncodeIsACloudEvent(t *testing.T) {
	t.Parallel()
	m := encode(t, held(), envelope.Options{})
	require.Equal(t, "4711", m.UUID)
	require.Equal(t, `{"seat": 7}`, string(m.Payload), "byte for byte, white space too")
	require.Equal(t, message.Metadata{
		"ce_specversion": "1.0", "ce_id": "4711", "ce_source": "/holdfast", "ce_type": "seat.held.v1",
		"ce_subject": "seat-p-7", "ce_time": "2026-03-01T20:00:00.000120Z", "ce_position": "4711",
		"ce_streamversion": "3", "ce_partitionkey": "seat-p-7", "ce_actor": "user:u",
		"ce_command": "hold_seats", "ce_correlationid": "r", "ce_traceparent": "00-a-b-01",
		"content-type": "application/json",
	}, m.Metadata)
}

func TestEncodeLeavesOutWhatIsNotKnown(t *testing.T) {
	t.Parallel()
	e := held()
	e.Metadata = []byte(`{}`)
	m := encode(t, e, envelope.Options{Source: "/eu", Replay: true})
	require.Equal(t, "true", m.Metadata[envelope.HeaderReplay])
	require.Equal(t, "/eu", m.Metadata[envelope.HeaderSource])
	for _, header := range []string{"ce_actor", "ce_command", "ce_correlationid", "ce_traceparent"} {
		require.NotContains(t, m.Metadata, header)
	}
}

func TestEncodeNamesTheEventThatItCannotRead(t *testing.T) {
	t.Parallel()
	e := held()
	e.Metadata = []byte(`{"actor":5}`)
	_, err := envelope.Encode(e, envelope.Options{})
	require.ErrorContains(t, err, "event 4711 (seat.held.v1)")
}

func TestDecodeIsTheInverse(t *testing.T) {
	t.Parallel()
	text := rapid.StringMatching(`[ -~äß漢]{1,40}`)
	rapid.Check(t, func(t *rapid.T) {
		from := eventstore.Metadata{
			Actor: rapid.StringN(0, 30, 60).Draw(t, "actor"), Command: rapid.StringN(0, 30, 60).Draw(t, "command"),
			Correlation: rapid.StringN(0, 30, 60).Draw(t, "correlation"), TraceParent: rapid.StringN(0, 30, 60).Draw(t, "trace"),
		}
		metadata, err := json.Marshal(from)
		require.NoError(t, err)
		e := eventstore.Event{
			Position: eventstore.Position(rapid.Int64Min(1).Draw(t, "position")),
			Stream:   text.Draw(t, "stream"), Version: eventstore.Version(rapid.Int64Min(1).Draw(t, "version")),
			Type: text.Draw(t, "type"), Payload: rapid.SliceOf(rapid.Byte()).Draw(t, "payload"), Metadata: metadata,
			RecordedAt: time.UnixMicro(rapid.Int64Range(0, 4e15).Draw(t, "time")).UTC(),
		}
		opts := envelope.Options{Source: text.Draw(t, "source"), Replay: rapid.Bool().Draw(t, "replay")}
		back, err := envelope.Decode(encode(t, e, opts))
		require.NoError(t, err)
		require.Equal(t, envelope.Envelope{
			Source: opts.Source, Position: e.Position, Stream: e.Stream, Version: e.Version, Type: e.Type,
			RecordedAt: e.RecordedAt, Metadata: from, Payload: e.Payload, Replay: opts.Replay,
		}, back)
	})
}

func TestDecodeRefusesWhatIsNotOurs(t *testing.T) {
	t.Parallel()
	for name, planted := range map[string]struct{ header, value, says string }{
		"no version":          {"ce_specversion", "", "header ce_specversion is missing"},
		"another version":     {"ce_specversion", "0.3", `header ce_specversion is "0.3", not "1.0"`},
		"structured mode":     {"content-type", "application/cloudevents+json", "header content-type is"},
		"no source":           {"ce_source", "", "header ce_source is missing"},
		"no type":             {"ce_type", "", "header ce_type is missing"},
		"no stream":           {"ce_subject", "", "header ce_subject is missing"},
		"position 0":          {"ce_position", "0", `header ce_position is "0", not a number from 1 on`},
		"position with plus":  {"ce_position", "+4711", "header ce_position"},
		"position too large":  {"ce_position", "9223372036854775808", "header ce_position"},
		"another id":          {"ce_id", "4712", `header ce_id is "4712", not "4711"`},
		"another key":         {"ce_partitionkey", "seat-p-8", "header ce_partitionkey"},
		"version is no count": {"ce_streamversion", "-1", "header ce_streamversion"},
		"local time":          {"ce_time", "2026-03-01T20:00:00.000120+01:00", "header ce_time"},
		"replay false":        {"ce_replay", "false", `header ce_replay is "false", not "true"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := encode(t, held(), envelope.Options{})
			m.Metadata = maps.Clone(m.Metadata)
			m.Metadata[planted.header] = planted.value
			envelope.Origin{Topic: "holdfast.events", Partition: 3, Offset: 99}.Note(m.Metadata)
			_, err := envelope.Decode(m)
			require.ErrorContains(t, err, planted.says)
			require.ErrorContains(t, err, "message at holdfast.events/3 offset 99 is not an event of holdfast")
			require.ErrorAs(t, err, new(*envelope.ForeignError))
		})
	}
}

func TestDecodeTellsWhereTheMessageStood(t *testing.T) {
	t.Parallel()
	m := encode(t, held(), envelope.Options{})
	m.Metadata["added-by-a-proxy"] = "x"
	at := envelope.Origin{Topic: "t", Partition: 11, Offset: 1 << 40}
	at.Note(m.Metadata)
	e, err := envelope.Decode(m)
	require.NoError(t, err)
	require.Equal(t, at, e.Origin)
}

func BenchmarkEncode(b *testing.B) {
	e := held()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := envelope.Encode(e, envelope.Options{}); err != nil {
			b.Fatal(err)
		}
	}
}
