package admission_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/domain"
	"github.com/holdfast-dev/holdfast/domain/admission"
	"github.com/holdfast-dev/holdfast/domain/internal/codectest"
)

var codec = codectest.Codec[admission.Event]{Encode: admission.Encode, Decode: admission.Decode}

// examples are the events in testdata.
var examples = []admission.Event{
	admission.Spent{
		AdmissionID: codectest.AdmissionID, UserID: codectest.UserID, ConcertID: codectest.ConcertID,
		PaymentID: codectest.PaymentID,
	},
	admission.GivenUp{
		AdmissionID: codectest.AdmissionID, UserID: codectest.UserID, ConcertID: codectest.ConcertID,
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
	_, err := admission.Decode("admission.vanished.v9", []byte("{}"))
	var unknown *domain.UnknownTypeError
	require.ErrorAs(t, err, &unknown)
	require.Equal(t, "admission.vanished.v9", unknown.Type)
}

func FuzzDecode(f *testing.F) { codectest.FuzzDecode(f, codec) }
