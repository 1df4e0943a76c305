package projections

import (
	_ "embed"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/holdfast-dev/holdfast/domain"
	"github.com/holdfast-dev/holdfast/domain/wallet"
	"github.com/holdfast-dev/holdfast/eventstore"
)

const (
	// WalletsName is the name of the projection that [Wallets] returns.
	WalletsName = "wallets"
	// WalletsVersion is its version.
	WalletsVersion = 1
)

//go:embed schema/tables/wallets.sql
var walletsDDL string

// Wallets is every wallet's balance and the entries that it adds up.
func Wallets() Projection {
	return Projection{
		Name:    WalletsName,
		Bulk:    walletsPlan(),
		Version: WalletsVersion,
		DDL:     walletsDDL,
		Tables: []Table{
			{Name: "wallets", Key: "user_id"},
			{Name: "wallet_entries", Key: "user_id, position"},
		},
		Categories: []string{wallet.Category},
		NewPage:    func() Page { return &walletsPage{latest: make(map[domain.UserID]int)} },
	}
}

// walletsPage is what a page of the log changes in the wallets.
type walletsPage struct {
	entries []entryRow
	// latest is the index of each wallet's last entry. It carries the balance.
	latest map[domain.UserID]int
}

type entryRow struct {
	id       string
	kind     string
	user     domain.UserID
	amount   domain.Money
	balance  domain.Money
	position eventstore.Position
	at       time.Time
}

// Apply implements [Page].
func (p *walletsPage) Apply(e eventstore.Event) error {
	event, err := wallet.Decode(e.Type, e.Payload)
	if err != nil {
		return err
	}
	row := entryRow{position: e.Position, at: e.RecordedAt}
	switch event := event.(type) {
	case wallet.Charged:
		row.id, row.kind = string(event.ChargeID), "charge"
		row.user, row.amount, row.balance = event.UserID, event.Amount, event.Balance
	case wallet.Debited:
		row.id, row.kind = string(event.PaymentID), "payment"
		row.user, row.amount, row.balance = event.UserID, event.Amount, event.Balance
	default:
		return unfolded(event)
	}
	p.latest[row.user] = len(p.entries)
	p.entries = append(p.entries, row)
	return nil
}

const (
	insertEntries = `
INSERT INTO wallet_entries (user_id, position, entry_id, kind, amount, balance, at)
SELECT unnest($1::text[])::uuid, unnest($2::bigint[]), unnest($3::text[])::uuid, unnest($4::text[]),
    unnest($5::bigint[]), unnest($6::bigint[]), unnest($7::timestamptz[])`
	upsertWallets = `
INSERT INTO wallets (user_id, balance, position)
SELECT unnest($1::text[])::uuid, unnest($2::bigint[]), unnest($3::bigint[])
ON CONFLICT (user_id) DO UPDATE SET balance = excluded.balance, position = excluded.position`
)

// Queue implements [Page].
func (p *walletsPage) Queue(b *pgx.Batch) {
	if len(p.entries) == 0 {
		return
	}
	user := func(r entryRow) string { return string(r.user) }
	balance := func(r entryRow) int64 { return int64(r.balance) }
	position := func(r entryRow) int64 { return int64(r.position) }
	b.Queue(insertEntries,
		column(p.entries, user),
		column(p.entries, position),
		column(p.entries, func(r entryRow) string { return r.id }),
		column(p.entries, func(r entryRow) string { return r.kind }),
		column(p.entries, func(r entryRow) int64 { return int64(r.amount) }),
		column(p.entries, balance),
		column(p.entries, func(r entryRow) time.Time { return r.at }),
	)
	wallets := make([]entryRow, 0, len(p.latest))
	for _, i := range p.latest {
		wallets = append(wallets, p.entries[i])
	}
	b.Queue(upsertWallets, column(wallets, user), column(wallets, balance), column(wallets, position))
}
