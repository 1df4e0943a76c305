package concert_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/domain"
	"github.com/holdfast-dev/holdfast/domain/concert"
	"github.com/holdfast-dev/holdfast/domain/internal/codectest"
)

var codec = codectest.Codec[concert.Event]{Encode: concert.Encode, Decode: concert.Decode}

func TestEveryStoredVersionDecodes(t *testing.T) {
	t.Parallel()
	codectest.Golden[concert.Event](t, codec,
		concert.Announced{
			ConcertID: codectest.ConcertID, Title: "Nachtmusik, 春", Venue: "Große Halle", Currency: "EUR",
			Queue: concert.Queue{Capacity: 100, SessionSeconds: 600},
		},
	)
}

func TestDecodeRefusesWhatItHasNoNameFor(t *testing.T) {
	t.Parallel()
	_, err := concert.Decode("concert.vanished.v9", []byte("{}"))
	var unknown *domain.UnknownTypeError
	require.ErrorAs(t, err, &unknown)
	require.Equal(t, "concert.vanished.v9", unknown.Type)
}

func FuzzDecode(f *testing.F) { codectest.FuzzDecode(f, codec) }
