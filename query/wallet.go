package query

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/holdfast-dev/holdfast/domain"
	"github.com/holdfast-dev/holdfast/projections"
)

// Wallet is what a user has to spend.
type Wallet struct {
	UserID   domain.UserID
	Balance  domain.Money
	Revision string
}

// WalletOfUser asks for a user's balance.
type WalletOfUser struct {
	store *Store
}

// NewWalletOfUser returns the question to a store.
func NewWalletOfUser(store *Store) *WalletOfUser { return &WalletOfUser{store: store} }

var walletOfUser = question[domain.Money]{
	model: projections.WalletsName,
	table: "wallets",
	sql:   `SELECT balance FROM {place}.wallets WHERE user_id = $1::text::uuid`,
	scan:  pgx.RowTo[domain.Money],
}

// Ask returns the user's wallet. One that was never charged is empty.
func (q *WalletOfUser) Ask(ctx context.Context, user domain.UserID, position Position) (Wallet, error) {
	found, err := walletOfUser.ask(ctx, q.store, position, string(user))
	if err != nil {
		return Wallet{}, err
	}
	wallet := Wallet{UserID: user}
	if len(found) > 0 {
		wallet.Balance = found[0]
	}
	var content digest
	content.text(string(user))
	content.number(int64(wallet.Balance))
	wallet.Revision = content.revision()
	return wallet, nil
}
