package query

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/holdfast-dev/holdfast/domain"
	"github.com/holdfast-dev/holdfast/projections"
)

// WalletEntry is one change of a balance.
type WalletEntry struct {
	// EntryID is the id of the charge or of the payment that made it.
	EntryID string
	// Kind is "charge", which adds, or "payment", which takes.
	Kind   string
	Amount domain.Money
	// Balance is what the wallet held after it.
	Balance domain.Money
	At      time.Time

	position Position
}

// WalletEntryPage is a page of a wallet's entries, the latest first.
type WalletEntryPage struct {
	Entries []WalletEntry
	// Next is the cursor of the page that follows, empty if none does.
	Next     string
	Revision string
}

// WalletEntries asks what a balance is made of.
type WalletEntries struct {
	store *Store
}

// NewWalletEntries returns the question to a store.
func NewWalletEntries(store *Store) *WalletEntries { return &WalletEntries{store: store} }

var walletEntries = question[WalletEntry]{
	model: projections.WalletsName,
	table: "wallet_entries",
	sql: `
SELECT position, entry_id::text, kind, amount, balance, at FROM {place}.wallet_entries
WHERE user_id = $1::text::uuid AND position < $2 ORDER BY position DESC LIMIT $3`,
	scan: func(row pgx.CollectableRow) (WalletEntry, error) {
		var e WalletEntry
		err := row.Scan(&e.position, &e.EntryID, &e.Kind, &e.Amount, &e.Balance, &e.At)
		e.At = e.At.UTC()
		return e, err
	},
}

// Ask returns a page of the user's entries. Entries that are made meanwhile
// come before the first page and shift none of the others. It refuses with
// invalid_request a page that cannot be.
func (q *WalletEntries) Ask(
	ctx context.Context, user domain.UserID, page Page, position Position,
) (WalletEntryPage, error) {
	before, limit, err := page.bounds()
	if err != nil {
		return WalletEntryPage{}, err
	}
	// One more than the page, to know whether another one follows.
	entries, err := walletEntries.ask(ctx, q.store, position, string(user), before, limit+1)
	if err != nil {
		return WalletEntryPage{}, err
	}
	answer := WalletEntryPage{Entries: entries}
	var content digest
	if len(entries) > limit {
		answer.Entries = entries[:limit]
		answer.Next = writeCursor(entries[limit-1].position)
		content.text(answer.Next)
	}
	for _, e := range answer.Entries {
		// An entry does not change, so its id stands for all of it.
		content.text(e.EntryID)
	}
	answer.Revision = content.revision()
	return answer, nil
}
