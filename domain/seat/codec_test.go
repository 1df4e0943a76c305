package seat_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/domain"
	"github.com/holdfast-dev/holdfast/domain/internal/codectest"
	"github.com/holdfast-dev/holdfast/domain/seat"
)

var codec = codectest.Codec[seat.Event]{Encode: seat.Encode, Decode: seat.Decode}

// examples are the events in testdata.
var examples = []seat.Event{
	seat.Held{
		PerformanceID: codectest.PerformanceID, Seat: 7, ReservationID: codectest.ReservationID,
		UserID: codectest.UserID, Price: 4500, HoldMs: 300_000,
	},
	seat.Released{
		PerformanceID: codectest.PerformanceID, Seat: 7, ReservationID: codectest.ReservationID,
		Reason: seat.ReasonExpired,
	},
	seat.Sold{
		PerformanceID: codectest.PerformanceID, Seat: 7, ReservationID: codectest.ReservationID,
		UserID: codectest.UserID, PaymentID: codectest.PaymentID, Price: 4500,
	},
}

func TestEveryStoredVersionDecodes(t *testing.T) {
	t.Parallel()
	codectest.Golden(t, codec, examples...)
}

func TestWhatWasEncodedIsReadQuickly(t *testing.T) { //nolint:paralleltest // it counts allocations
	codectest.Quick(t, codec, examples...)
}

func TestDecodeRefusesWhatItHasNoNameFor(t *testing.T) {
	t.Parallel()
	_, err := seat.Decode("seat.vanished.v9", []byte("{}"))
	var unknown *domain.UnknownTypeError
	require.ErrorAs(t, err, &unknown)
	require.Equal(t, "seat.vanished.v9", unknown.Type)
}

func FuzzDecode(f *testing.F) { codectest.FuzzDecode(f, codec) }
