package performance_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/domain"
	"github.com/holdfast-dev/holdfast/domain/internal/codectest"
	"github.com/holdfast-dev/holdfast/domain/performance"
)

var codec = codectest.Codec[performance.Event]{Encode: performance.Encode, Decode: performance.Decode}

func TestEveryStoredVersionDecodes(t *testing.T) {
	t.Parallel()
	codectest.Golden[performance.Event](t, codec,
		performance.Scheduled{
			PerformanceID: codectest.PerformanceID, ConcertID: codectest.ConcertID,
			StartsAt: time.Date(2027, time.May, 1, 18, 0, 0, 0, time.UTC), TimeZone: "Europe/Berlin",
			Date: "2027-05-01", Seats: performance.Seats{Count: 50, Price: 4500},
		},
	)
}

func TestDecodeRefusesWhatItHasNoNameFor(t *testing.T) {
	t.Parallel()
	_, err := performance.Decode("performance.vanished.v9", []byte("{}"))
	var unknown *domain.UnknownTypeError
	require.ErrorAs(t, err, &unknown)
	require.Equal(t, "performance.vanished.v9", unknown.Type)
}

func FuzzDecode(f *testing.F) { codectest.FuzzDecode(f, codec) }
