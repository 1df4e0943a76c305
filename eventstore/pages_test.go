package eventstore

import (
	"encoding/binary"
	"testing"

	"github.com/stretchr/testify/require"
)

// copyOf is what COPY sends of some events, in a page.
func copyOf(events ...Event) keptRows {
	text := []byte(copySignature)
	for _, e := range events {
		fields := encodeRow(e)
		text = binary.BigEndian.AppendUint16(text, uint16(len(fields)))
		for _, field := range fields {
			text = append(binary.BigEndian.AppendUint32(text, uint32(len(field))), field...)
		}
	}
	return keptRows{text: append(text, 0xff, 0xff)}
}

func TestPageOfACopy(t *testing.T) {
	t.Parallel()
	events := []Event{
		{Position: 7, Version: 1, RecordedAt: postgresEpoch, Stream: "s", Type: "noted.v1", Tag: "t", Payload: []byte(`{"a":1}`), Metadata: []byte(`{}`)},
		{Position: 8, Version: 2, RecordedAt: postgresEpoch, Stream: "s", Type: "noted.v1", Payload: []byte(`{}`), Metadata: []byte(`{}`)},
	}
	whole := copyOf(events...)
	var got []Event
	reached, err := whole.visit(decodeRow, func(e Event) error { got = append(got, e); return nil })
	require.NoError(t, err)
	require.EqualValues(t, 8, reached)
	require.Equal(t, events, got)

	empty := copyOf()
	reached, err = empty.visit(decodeRow, nil)
	require.NoError(t, err)
	require.Zero(t, reached)

	for length := range whole.text {
		short := keptRows{text: whole.text[:length:length]}
		_, err := short.visit(decodeRow, func(Event) error { return nil })
		require.ErrorIs(t, err, errNoCopy, "of the first %d bytes", length)
	}
}

func TestRowWithoutAField(t *testing.T) {
	t.Parallel()
	raw, rest, err := nextRow(nil, []byte("\x00\x02\xff\xff\xff\xff\x00\x00\x00\x00next"))
	require.NoError(t, err)
	require.Equal(t, [][]byte{nil, {}}, raw)
	require.Equal(t, "next", string(rest))
}
