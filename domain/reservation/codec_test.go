package reservation_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/domain"
	"github.com/holdfast-dev/holdfast/domain/internal/codectest"
	"github.com/holdfast-dev/holdfast/domain/reservation"
)

var codec = codectest.Codec[reservation.Event]{Encode: reservation.Encode, Decode: reservation.Decode}

// examples are the events in testdata.
var examples = []reservation.Event{
	reservation.Held{
		ReservationID: codectest.ReservationID, UserID: codectest.UserID, ConcertID: codectest.ConcertID,
		PerformanceID: codectest.PerformanceID, Date: "2027-05-01", Seats: []int{7, 8},
		Price: 9000, HoldMs: 300_000,
	},
	reservation.Confirmed{
		ReservationID: codectest.ReservationID, UserID: codectest.UserID, ConcertID: codectest.ConcertID,
		PerformanceID: codectest.PerformanceID, Date: "2027-05-01", Seats: []int{7, 8},
		PaymentID: codectest.PaymentID, Amount: 9000, Balance: 1000, AdmissionID: codectest.AdmissionID,
	},
	reservation.Cancelled(ended),
	reservation.Expired(ended),
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
	_, err := reservation.Decode("reservation.vanished.v9", []byte("{}"))
	var unknown *domain.UnknownTypeError
	require.ErrorAs(t, err, &unknown)
	require.Equal(t, "reservation.vanished.v9", unknown.Type)
}

func FuzzDecode(f *testing.F) { codectest.FuzzDecode(f, codec) }

var ended = reservation.Ended{
	ReservationID: codectest.ReservationID, UserID: codectest.UserID, ConcertID: codectest.ConcertID,
	PerformanceID: codectest.PerformanceID, Date: "2027-05-01", Seats: []int{7, 8}, Price: 9000,
	ExpiresAt: time.Date(2027, time.April, 1, 18, 5, 0, 123_456_000, time.UTC),
}
