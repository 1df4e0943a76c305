package board

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/holdfast-dev/holdfast/domain"
	"github.com/holdfast-dev/holdfast/domain/user"
	"github.com/holdfast-dev/holdfast/eventstore"
	"github.com/holdfast-dev/holdfast/projections/sale"
)

// Log is what a board needs of the event store.
type Log interface {
	eventstore.Reader
	// Follow hands every event after a position to handle, in order, as the log
	// grows, until ctx ends or handle fails; it returns that error.
	Follow(ctx context.Context, after eventstore.Position, handle func(context.Context, []eventstore.Event) error) error
	// Clock estimates the store's time at this moment.
	Clock() time.Time
}

// Options configure a [Board]. The zero value is right for production.
type Options struct {
	// Memory is how long an admission that is over is remembered. It must be
	// longer than an admission can last, for then its token has ended too.
	// Default 24 h.
	Memory time.Duration
	// WatchBuffer is how many changes of a performance may wait for a watcher
	// before it is dropped. Default 256.
	WatchBuffer int
	// Pace is the pause after a page while the board keeps up: a busy log arrives
	// in batches. Default 5 ms.
	Pace time.Duration
	// MaxBackoff bounds the growing pause after a failure. Default 10 s.
	MaxBackoff time.Duration
	// Logger gets what operators must know. Default: discarded.
	Logger *slog.Logger
}

func (o Options) withDefaults() Options {
	if o.Memory <= 0 {
		o.Memory = 24 * time.Hour
	}
	if o.WatchBuffer <= 0 {
		o.WatchBuffer = 256
	}
	if o.Pace <= 0 {
		o.Pace = 5 * time.Millisecond
	}
	if o.MaxBackoff <= 0 {
		o.MaxBackoff = 10 * time.Second
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return o
}

// Board is the sale in memory. It is safe for concurrent use.
type Board struct {
	log  Log
	opts Options

	index    atomic.Pointer[index]
	over     *admissions
	veil     atomic.Pointer[user.Veil]
	progress progress
	alarm    alarm

	mu  sync.Mutex
	err error
}

// New returns an empty board, which stands before the first event.
func New(log Log, opts Options) *Board {
	b := &Board{log: log, opts: opts.withDefaults()}
	b.index.Store(emptyIndex())
	b.veil.Store(&user.Veil{})
	b.over = newAdmissions(b.opts.Memory)
	b.progress.init()
	b.alarm.init()
	return b
}

// Concerts returns all concerts in the order of their announcement. The slice
// is shared: read only.
func (b *Board) Concerts() []sale.Concert { return b.index.Load().concerts }

// Concert returns a concert, and false if there is none with this id.
func (b *Board) Concert(id domain.ConcertID) (sale.Concert, bool) {
	entry, found := b.index.Load().byConcert[id]
	return entry.concert, found
}

// Performances returns the seats of each performance of a concert, by date and
// start, and false if there is no such concert. The slice is shared: read only.
func (b *Board) Performances(id domain.ConcertID) ([]*sale.Seats, bool) {
	entry, found := b.index.Load().byConcert[id]
	return entry.performances, found
}

// Performance returns what is fixed about a performance, and false if there is
// none with this id.
func (b *Board) Performance(id domain.PerformanceID) (sale.Performance, bool) {
	seats, found := b.index.Load().seats[id]
	if !found {
		return sale.Performance{}, false
	}
	return *seats.Performance(), true
}

// Seats returns the seats of a performance by the store's clock at this moment,
// and false if there is no such performance.
func (b *Board) Seats(id domain.PerformanceID) (*sale.View, bool) {
	seats, found := b.index.Load().seats[id]
	if !found {
		return nil, false
	}
	return seats.At(b.log.Clock()), true
}

// Now returns the store's time that the board shows seats at.
func (b *Board) Now() time.Time { return b.log.Clock() }

// AdmissionOver reports whether an admission was spent or given up, as far as
// the board has read and remembers. A false may be milliseconds late: commands
// decide it for themselves.
func (b *Board) AdmissionOver(id domain.AdmissionID) bool { return b.over.has(id) }

// Veil covers the users that were forgotten, as far as the board has read.
func (b *Board) Veil() user.Veil { return *b.veil.Load() }
