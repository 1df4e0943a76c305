package projections

import (
	"github.com/jackc/pgx/v5"

	"github.com/holdfast-dev/holdfast/eventstore"
)

// Projection is one read model: the tables it owns and the fold that fills
// them.
type Projection struct {
	// Name is what operators call it, and the key of its checkpoints.
	Name string
	// Version is raised when the same log shall give other tables or rows. A
	// build of another version is left alone.
	Version int
	// DDL creates the tables, and nothing else that would have to move with
	// them. It names no schema: they are created in the first schema of the
	// search path.
	DDL string
	// Tables are those that DDL creates, in the order in which they are dumped.
	Tables []Table
	// Categories name the aggregates whose events it folds. The events of
	// other known aggregates are none of its business.
	Categories []string
	// NewPage starts the fold of one page of the log.
	NewPage func() Page
	// Bulk is how it is built from a long log. Nil means by pages.
	Bulk *BulkPlan
}

// TableNames returns the names of the tables.
func (p Projection) TableNames() []string {
	return column(p.Tables, func(t Table) string { return t.Name })
}

// Table is one table of a projection.
type Table struct {
	Name string
	// Key lists the columns of its primary key, the order of its dump.
	Key string
}

// Folder folds events in memory.
type Folder interface {
	// Apply folds one event, the next in position order. An error means that
	// the event cannot be understood; the fold stands as it was before it.
	Apply(e eventstore.Event) error
}

// Page folds a page of the log into what it changes in the tables. What the
// tables hold at the end must not depend on where pages begin. A Page is used
// once, by one goroutine.
type Page interface {
	Folder
	// Queue adds the statements that write the page. Tables are named without
	// a schema. A statement that finds the tables inconsistent fails.
	Queue(b *pgx.Batch)
}

// All returns every projection.
func All() []Projection {
	return []Projection{Sales(), Reservations(), Wallets(), Payments()}
}
