package domain_test

import (
	"math"
	"math/big"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/holdfast-dev/holdfast/domain"
)

func TestMoneyStaysWithinItsBounds(t *testing.T) {
	t.Parallel()
	const top = domain.MaxMoney
	tests := map[string]struct {
		result func() (domain.Money, bool)
		want   domain.Money
		ok     bool
	}{
		"sum":                          {func() (domain.Money, bool) { return domain.Money(2).Add(3) }, 5, true},
		"sum of nothing":               {func() (domain.Money, bool) { return domain.Money(0).Add(0) }, 0, true},
		"largest sum":                  {func() (domain.Money, bool) { return (top - 1).Add(1) }, top, true},
		"sum one too large":            {func() (domain.Money, bool) { return top.Add(1) }, 0, false},
		"sum of the largest":           {func() (domain.Money, bool) { return top.Add(top) }, 0, false},
		"sum past int64":               {func() (domain.Money, bool) { return domain.Money(1).Add(math.MaxInt64) }, 0, false},
		"sum of a negative":            {func() (domain.Money, bool) { return domain.Money(-1).Add(2) }, 0, false},
		"sum with a negative":          {func() (domain.Money, bool) { return domain.Money(2).Add(-1) }, 0, false},
		"sum from past the largest":    {func() (domain.Money, bool) { return (top + 1).Add(0) }, 0, false},
		"difference":                   {func() (domain.Money, bool) { return domain.Money(5).Sub(3) }, 2, true},
		"difference of equals":         {func() (domain.Money, bool) { return domain.Money(5).Sub(5) }, 0, true},
		"difference below nothing":     {func() (domain.Money, bool) { return domain.Money(5).Sub(6) }, 0, false},
		"difference of a negative":     {func() (domain.Money, bool) { return domain.Money(-5).Sub(-6) }, 0, false},
		"difference with the smallest": {func() (domain.Money, bool) { return domain.Money(1).Sub(math.MinInt64) }, 0, false},
		"product":                      {func() (domain.Money, bool) { return domain.Money(7).Times(8) }, 56, true},
		"product with nothing":         {func() (domain.Money, bool) { return top.Times(0) }, 0, true},
		"largest product":              {func() (domain.Money, bool) { return (top / 8).Times(8) }, top / 8 * 8, true},
		"product too large":            {func() (domain.Money, bool) { return (top/8 + 1).Times(8) }, 0, false},
		"product past int64":           {func() (domain.Money, bool) { return top.Times(math.MaxInt) }, 0, false},
		"product with a negative":      {func() (domain.Money, bool) { return top.Times(-1) }, 0, false},
		"product of a negative":        {func() (domain.Money, bool) { return domain.Money(-1).Times(1) }, 0, false},
		"product from past the top":    {func() (domain.Money, bool) { return (top + 1).Times(1) }, 0, false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, ok := test.result()
			require.Equal(t, test.ok, ok)
			require.Equal(t, test.want, got)
		})
	}
}

// Whatever the operands, the result is the one of unbounded integers, or the
// operation says that it has none.
func TestMoneyAgreesWithUnboundedIntegers(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		m := rapid.Int64().Draw(t, "m")
		n := rapid.Int64().Draw(t, "n")
		count := rapid.Int().Draw(t, "count")
		valid := m >= 0 && m <= int64(domain.MaxMoney)

		check := func(got domain.Money, ok bool, exact *big.Int, operandsValid bool) {
			within := exact.Sign() >= 0 && exact.Cmp(big.NewInt(int64(domain.MaxMoney))) <= 0
			if ok != (operandsValid && within) {
				t.Fatalf("m=%d n=%d count=%d: ok=%v", m, n, count, ok)
			}
			if ok && exact.Int64() != int64(got) {
				t.Fatalf("m=%d n=%d count=%d: got %d, want %s", m, n, count, got, exact)
			}
		}
		sum, ok := domain.Money(m).Add(domain.Money(n))
		check(sum, ok, new(big.Int).Add(big.NewInt(m), big.NewInt(n)), valid && n >= 0)
		product, ok := domain.Money(m).Times(count)
		check(product, ok, new(big.Int).Mul(big.NewInt(m), big.NewInt(int64(count))), valid && count >= 0)
		if valid {
			difference, ok := domain.Money(m).Sub(domain.Money(n))
			check(difference, ok, new(big.Int).Sub(big.NewInt(m), big.NewInt(n)), n >= 0)
		}
	})
}
