package eventstore

import (
	"encoding/binary"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// encodeRow is the binary form of an event, as Postgres sends it.
func encodeRow(e Event) [][]byte {
	micros := e.RecordedAt.Sub(postgresEpoch).Microseconds()
	return [][]byte{
		binary.BigEndian.AppendUint64(nil, uint64(e.Position)),
		binary.BigEndian.AppendUint64(nil, uint64(e.Version)),
		binary.BigEndian.AppendUint64(nil, uint64(micros)),
		[]byte(e.Stream), []byte(e.Type), []byte(e.Tag), e.Payload, e.Metadata,
	}
}

func FuzzDecodeRow(f *testing.F) {
	f.Add(int64(1), int64(2), int64(828_792_000_000_000), "s", "noted.v1", "", []byte(`{}`), []byte(`{}`))
	f.Add(int64(-1), int64(1)<<62, int64(-1), "", "é", "t", []byte(nil), []byte{0xff})
	f.Fuzz(func(t *testing.T, position, version, micros int64, stream, kind, tag string, payload, metadata []byte) {
		// A Duration counts nanoseconds, which spans 292 years from 2000 on.
		micros %= int64(290 * 365 * 24 * time.Hour / time.Microsecond)
		e := Event{
			Position: Position(position), Version: Version(version),
			RecordedAt: postgresEpoch.Add(time.Duration(micros) * time.Microsecond),
			Stream:     stream, Type: kind, Tag: tag, Payload: payload, Metadata: metadata,
		}
		names := interned{}
		for range 2 { // the second time the type's name is interned
			got, err := decodeRow(encodeRow(e), names)
			require.NoError(t, err)
			require.Equal(t, e, got)
		}
	})
}

func FuzzDecodeRowRefusesWhatIsNoEvent(f *testing.F) {
	f.Add([]byte("12345678"), []byte("12345678"), []byte("1234567"), 8)
	f.Add([]byte{}, []byte{}, []byte{}, 0)
	f.Fuzz(func(t *testing.T, position, version, at []byte, n int) {
		raw := append([][]byte{position, version, at}, make([][]byte, 13)...)[:max(0, min(n, 16))]
		_, err := decodeRow(raw, interned{})
		sound := len(raw) == 8 && len(position) == 8 && len(version) == 8 && len(at) == 8
		require.Equal(t, sound, err == nil)
	})
}
