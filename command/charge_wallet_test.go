package command

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/domain"
	"github.com/holdfast-dev/holdfast/domain/wallet"
)

func TestChargeWallet(t *testing.T) {
	t.Parallel()
	s := given(t)

	first, err := s.unit.ChargeWallet(ctx, envelope(ann, "1"), ChargeWallet{UserID: ann, Amount: 99_000})
	require.NoError(t, err)
	second, err := s.unit.ChargeWallet(ctx, envelope(ann, "2"), ChargeWallet{UserID: ann, Amount: 1000})
	require.NoError(t, err)

	one, two := domain.ChargeID(mintedID(1)), domain.ChargeID(mintedID(2))
	s.then(
		wallet.Charged{ChargeID: one, UserID: ann, Amount: 99_000, Balance: 99_000},
		wallet.Charged{ChargeID: two, UserID: ann, Amount: 1000, Balance: 100_000},
	)
	require.Equal(t, Accepted[Charge]{Answer: Charge{ChargeID: one, Amount: 99_000, Balance: 99_000}, Position: 1}, first)
	require.Equal(t, Accepted[Charge]{Answer: Charge{ChargeID: two, Amount: 1000, Balance: 100_000}, Position: 2}, second)
}

func TestChargeWalletRefusals(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		amount domain.Money
		code   domain.Code
	}{
		"nothing":                   {0, domain.CodeInvalidRequest},
		"less than nothing":         {-1, domain.CodeInvalidRequest},
		"more than money can count": {domain.MaxMoney + 1, domain.CodeInvalidRequest},
		"the largest int64":         {math.MaxInt64, domain.CodeInvalidRequest},
		"one past the maximum":      {90_001, domain.CodeLimitExceeded},
		"all the money there is":    {domain.MaxMoney, domain.CodeLimitExceeded},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := given(t, charged(10_000))
			_, err := s.unit.ChargeWallet(ctx, envelope(ann, "key"), ChargeWallet{UserID: ann, Amount: test.amount})
			requireRefused(t, test.code, err)
			s.then()
		})
	}
}
