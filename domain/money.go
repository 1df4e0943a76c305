package domain

// Money is an amount in the minor unit of its currency (cents, yen). It is
// never negative in Holdfast: what is owed is said by the kind of event, not
// by a sign.
type Money int64

// MaxMoney bounds every amount and every balance: 2^53-1, the largest integer
// that a JSON client reads without rounding. Sums of two amounts within it
// cannot overflow int64.
const MaxMoney Money = 1<<53 - 1

// Add returns m+n and reports false if the sum leaves [0, MaxMoney].
func (m Money) Add(n Money) (Money, bool) {
	if m < 0 || n < 0 || m > MaxMoney || n > MaxMoney-m {
		return 0, false
	}
	return m + n, true
}

// Sub returns m-n and reports false if the difference would be negative.
func (m Money) Sub(n Money) (Money, bool) {
	if m < 0 || n < 0 || n > m {
		return 0, false
	}
	return m - n, true
}

// Times returns m multiplied by count and reports false if the product leaves
// [0, MaxMoney].
func (m Money) Times(count int) (Money, bool) {
	if m < 0 || count < 0 || m > MaxMoney {
		return 0, false
	}
	if count != 0 && m > MaxMoney/Money(count) {
		return 0, false
	}
	return m * Money(count), true
}
