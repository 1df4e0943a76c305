package wallet_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/domain"
	"github.com/holdfast-dev/holdfast/domain/internal/codectest"
	"github.com/holdfast-dev/holdfast/domain/wallet"
)

var codec = codectest.Codec[wallet.Event]{Encode: wallet.Encode, Decode: wallet.Decode}

// examples are the events in testdata.
var examples = []wallet.Event{
	wallet.Charged{ChargeID: codectest.ChargeID, UserID: codectest.UserID, Amount: 10_000, Balance: 10_000},
	wallet.Debited{
		PaymentID: codectest.PaymentID, ReservationID: codectest.ReservationID, UserID: codectest.UserID,
		Amount: 9000, Balance: 1000,
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
	_, err := wallet.Decode("wallet.vanished.v9", []byte("{}"))
	var unknown *domain.UnknownTypeError
	require.ErrorAs(t, err, &unknown)
	require.Equal(t, "wallet.vanished.v9", unknown.Type)
}

func FuzzDecode(f *testing.F) { codectest.FuzzDecode(f, codec) }
