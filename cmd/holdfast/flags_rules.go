package main

import (
	"time"

	"github.com/holdfast-dev/holdfast/command"
	"github.com/holdfast-dev/holdfast/domain"
)

// ruleFlags are the limits that commands are decided by. All instances must
// have the same.
type ruleFlags struct {
	HoldDuration time.Duration `env:"HOLDFAST_HOLD_DURATION" default:"5m" placeholder:"DURATION" help:"How long a hold lasts (default 5m)."`
	MaxLiveHolds int           `env:"HOLDFAST_MAX_LIVE_HOLDS" default:"16" placeholder:"SEATS" help:"How many seats a user may have on hold at a time (default 16)."`
	WalletMax    int64         `env:"HOLDFAST_WALLET_MAX" default:"1000000000" placeholder:"AMOUNT" help:"The most that a wallet may hold, in the minor unit of the currency (default 1000000000)."`
	Currency     string        `env:"HOLDFAST_CURRENCY" default:"EUR" placeholder:"CODE" help:"Currency of all prices and wallets, as in ISO 4217 (default EUR)."`
}

func (f ruleFlags) settings() command.Settings {
	return command.Settings{
		HoldDuration: f.HoldDuration,
		MaxLiveHolds: f.MaxLiveHolds,
		MaxBalance:   domain.Money(f.WalletMax),
		Currency:     f.Currency,
	}
}

// check says what is wrong with the flags.
func (f ruleFlags) check() error {
	// Making a unit checks its settings; it asks nothing of the writer yet.
	_, err := command.New(nil, f.settings(), nil)
	return err
}
