package projections

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/holdfast-dev/holdfast/domain"
	"github.com/holdfast-dev/holdfast/domain/wallet"
	"github.com/holdfast-dev/holdfast/eventstore"
)

func walletsPlan() *BulkPlan {
	return &BulkPlan{
		Bare: []string{"wallet_entries", "wallets"},
		// A wallet is what its last entry says.
		Finish: []string{`
			INSERT INTO wallets (user_id, balance, position)
			SELECT DISTINCT ON (user_id) user_id, balance, position FROM wallet_entries ORDER BY user_id, position DESC`},
		New: func() Bulk { return &walletsBulk{} },
	}
}

// walletsBulk keeps nothing open: the balances are made of the entries when all
// are there.
type walletsBulk struct {
	entries copyRows
}

// Load implements [Bulk].
func (*walletsBulk) Load(context.Context, pgx.Tx) error { return nil }

// Apply implements [Bulk].
func (b *walletsBulk) Apply(e eventstore.Event, decoded domain.Event) error {
	switch event := decoded.(type) {
	case wallet.Charged:
		b.add(e, "charge", string(event.ChargeID), event.UserID, event.Amount, event.Balance)
	case wallet.Debited:
		b.add(e, "payment", string(event.PaymentID), event.UserID, event.Amount, event.Balance)
	default:
		return unfolded(decoded)
	}
	return b.entries.err
}

func (b *walletsBulk) add(e eventstore.Event, kind, id string, user domain.UserID, amount, balance domain.Money) {
	to := &b.entries
	to.row(7)
	to.uuid(string(user))
	to.bigint(int64(e.Position))
	to.uuid(id)
	to.bigint(int64(amount))
	to.bigint(int64(balance))
	to.timestamp(e.RecordedAt)
	to.text(kind)
}

// Open implements [Bulk].
func (*walletsBulk) Open() int { return 0 }

// Flush implements [Bulk].
func (b *walletsBulk) Flush() Chunk {
	return Chunk{Rows: []TableRows{{
		Table: "wallet_entries", Columns: "user_id, position, entry_id, amount, balance, at, kind", Data: b.entries.take(),
	}}}
}
