package wallet_test

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/holdfast-dev/holdfast/domain"
	"github.com/holdfast-dev/holdfast/domain/internal/codectest"
	"github.com/holdfast-dev/holdfast/domain/wallet"
)

var noon = time.Date(2027, time.April, 1, 12, 0, 0, 0, time.UTC)

func TestCharge(t *testing.T) {
	t.Parallel()
	const maximum = 100_000
	for name, test := range map[string]struct {
		balance, amount, maximum domain.Money
		want                     domain.Money
		code                     domain.Code
	}{
		"first":                         {0, 500, maximum, 500, ""},
		"smallest":                      {500, 1, maximum, 501, ""},
		"up to the maximum":             {99_999, 1, maximum, maximum, ""},
		"one past the maximum":          {99_999, 2, maximum, 0, domain.CodeLimitExceeded},
		"a full wallet":                 {maximum, 1, maximum, 0, domain.CodeLimitExceeded},
		"a maximum that was lowered":    {maximum, 1, 10, 0, domain.CodeLimitExceeded},
		"the largest amount":            {0, domain.MaxMoney, domain.MaxMoney, domain.MaxMoney, ""},
		"the largest amount, too much":  {0, domain.MaxMoney, maximum, 0, domain.CodeLimitExceeded},
		"the largest amount, not empty": {1, domain.MaxMoney, domain.MaxMoney, 0, domain.CodeLimitExceeded},
		"nothing":                       {0, 0, maximum, 0, domain.CodeInvalidRequest},
		"less than nothing":             {500, -1, maximum, 0, domain.CodeInvalidRequest},
		"the smallest int64":            {500, math.MinInt64, maximum, 0, domain.CodeInvalidRequest},
		"more than money can count":     {0, domain.MaxMoney + 1, domain.MaxMoney, 0, domain.CodeInvalidRequest},
		"the largest int64":             {500, math.MaxInt64, domain.MaxMoney, 0, domain.CodeInvalidRequest},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := wallet.State{Balance: test.balance}.Charge(
				wallet.Deposit{ID: codectest.ChargeID, UserID: codectest.UserID, Amount: test.amount}, test.maximum)
			require.Equal(t, test.code, domain.CodeOf(err))
			if err != nil {
				return
			}
			require.Equal(t, wallet.Charged{
				ChargeID: codectest.ChargeID, UserID: codectest.UserID, Amount: test.amount, Balance: test.want,
			}, got)
		})
	}
}

func TestAnInvalidAmountIsPointedAt(t *testing.T) {
	t.Parallel()
	_, err := wallet.State{}.Charge(wallet.Deposit{}, domain.MaxMoney)
	var refusal *domain.Error
	require.ErrorAs(t, err, &refusal)
	require.Equal(t, []domain.FieldError{{Pointer: "/amount", Detail: "must be 1 to 9007199254740991"}}, refusal.Fields)
}

func TestTheRefusalOfAChargeSaysWhatFits(t *testing.T) {
	t.Parallel()
	_, err := wallet.State{Balance: 70}.Charge(wallet.Deposit{Amount: 31}, 100)
	require.ErrorContains(t, err, "Charge at most 30.")
	_, err = wallet.State{Balance: 70}.Charge(wallet.Deposit{Amount: 31}, 50)
	require.ErrorContains(t, err, "Charge at most 0.")
}

func TestDebit(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		balance, amount domain.Money
		want            domain.Money
		code            domain.Code
		fault           bool
	}{
		"a part":           {10_000, 9000, 1000, "", false},
		"all of it":        {9000, 9000, 0, "", false},
		"one too much":     {8999, 9000, 0, domain.CodeInsufficientBalance, false},
		"an empty wallet":  {0, 1, 0, domain.CodeInsufficientBalance, false},
		"the largest":      {domain.MaxMoney, domain.MaxMoney, 0, "", false},
		"a negative price": {10_000, -1, 0, "", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := wallet.State{Balance: test.balance}.Debit(wallet.Bill{
				PaymentID: codectest.PaymentID, ReservationID: codectest.ReservationID,
				UserID: codectest.UserID, Amount: test.amount,
			})
			require.Equal(t, test.code, domain.CodeOf(err))
			if test.fault {
				require.Error(t, err)
			}
			if err != nil {
				return
			}
			require.Equal(t, wallet.Debited{
				PaymentID: codectest.PaymentID, ReservationID: codectest.ReservationID,
				UserID: codectest.UserID, Amount: test.amount, Balance: test.want,
			}, got)
		})
	}
}

func TestTheRefusalOfAPaymentSaysWhatIsMissing(t *testing.T) {
	t.Parallel()
	_, err := wallet.State{Balance: 70}.Debit(wallet.Bill{Amount: 100})
	require.ErrorContains(t, err, "costs 100 and the wallet holds 70. Charge at least 30 first.")
}

// After any history of charges and payments the balance is their difference,
// is within its bounds, and is what the latest event alone says.
func TestBalanceIsTheSumOfItsHistory(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		maximum := domain.Money(rapid.Int64Range(1, int64(domain.MaxMoney)).Draw(t, "maximum"))
		amounts := rapid.Int64Range(1, int64(domain.MaxMoney))
		var s wallet.State
		var sum int64
		for range rapid.IntRange(1, 30).Draw(t, "steps") {
			amount := domain.Money(amounts.Draw(t, "amount"))
			var last wallet.Event
			if rapid.Bool().Draw(t, "charge") {
				e, err := s.Charge(wallet.Deposit{Amount: amount}, maximum)
				if err != nil {
					continue
				}
				sum, last = sum+int64(amount), e
			} else {
				e, err := s.Debit(wallet.Bill{Amount: amount})
				if err != nil {
					continue
				}
				sum, last = sum-int64(amount), e
			}
			s = s.Evolve(last, noon)
			if int64(s.Balance) != sum || s.Balance < 0 || s.Balance > maximum {
				t.Fatalf("balance %d, sum %d, maximum %d", s.Balance, sum, maximum)
			}
			if alone := (wallet.State{}).Evolve(last, noon); alone != s {
				t.Fatalf("the latest event says %v, the history %v", alone, s)
			}
		}
	})
}

func TestStream(t *testing.T) {
	t.Parallel()
	require.Equal(t, "wallet-018f4e9a-0004-7000-8000-00000000e0e0", wallet.Stream(codectest.UserID))
}
