package command

import (
	"errors"
	"fmt"
	"time"

	"github.com/holdfast-dev/holdfast/domain"
)

// Settings are the limits of a deployment. They hold for commands that come;
// what was recorded under others stands.
type Settings struct {
	// HoldDuration is how long a hold lasts, 1 ms to 24 h in whole
	// milliseconds. Default 5 minutes.
	HoldDuration time.Duration
	// MaxLiveHolds is how many seats a user may have on hold at a time, over
	// all performances; at least 1. Default 16, two full reservations.
	MaxLiveHolds int
	// MaxBalance is the most that a wallet may hold, 1 to [domain.MaxMoney].
	// Default 1,000,000,000.
	MaxBalance domain.Money
	// Currency is that of all wallets and prices, three capital letters as in
	// ISO 4217. It has no default.
	Currency string
}

const (
	defaultHoldDuration = 5 * time.Minute
	maxHoldDuration     = 24 * time.Hour
	defaultMaxLiveHolds = 2 * domain.MaxSeats
	defaultMaxBalance   = 1_000_000_000
)

func (s Settings) withDefaults() Settings {
	if s.HoldDuration == 0 {
		s.HoldDuration = defaultHoldDuration
	}
	if s.MaxLiveHolds == 0 {
		s.MaxLiveHolds = defaultMaxLiveHolds
	}
	if s.MaxBalance == 0 {
		s.MaxBalance = defaultMaxBalance
	}
	return s
}

// validate returns everything that is wrong with the settings.
func (s Settings) validate() error {
	var broken []error
	if s.HoldDuration < time.Millisecond || s.HoldDuration > maxHoldDuration || s.HoldDuration%time.Millisecond != 0 {
		broken = append(broken, fmt.Errorf("hold duration %s is not 1 ms to %s in whole milliseconds", s.HoldDuration, maxHoldDuration))
	}
	if s.MaxLiveHolds < 1 {
		broken = append(broken, fmt.Errorf("limit of %d live holds for a user is less than 1", s.MaxLiveHolds))
	}
	if s.MaxBalance < 1 || s.MaxBalance > domain.MaxMoney {
		broken = append(broken, fmt.Errorf("maximum balance %d is not 1 to %d", s.MaxBalance, domain.MaxMoney))
	}
	if !isCurrency(s.Currency) {
		broken = append(broken, fmt.Errorf("currency %q is not three capital letters", s.Currency))
	}
	return errors.Join(broken...)
}

func isCurrency(code string) bool {
	if len(code) != 3 {
		return false
	}
	for i := range len(code) {
		if code[i] < 'A' || code[i] > 'Z' {
			return false
		}
	}
	return true
}
