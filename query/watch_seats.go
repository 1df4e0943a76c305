package query

import (
	"context"

	"github.com/holdfast-dev/holdfast/domain"
	"github.com/holdfast-dev/holdfast/projections/sale"
)

// SeatWatch is a subscription to the seats of one performance: what they are,
// then every change. Close must be called.
type SeatWatch struct {
	watch *sale.Watch
}

// SeatChanges are the seats of which something else is shown than before.
type SeatChanges struct {
	// Revision of the performance after the changes.
	Revision string
	// Available is how many seats can be had after them.
	Available int
	// Seats are in the order of their numbers.
	Seats []Seat
}

// WatchSeats asks for the seats of a performance and for what becomes of them.
type WatchSeats struct {
	board Board
}

// NewWatchSeats returns the question to a board.
func NewWatchSeats(board Board) *WatchSeats { return &WatchSeats{board: board} }

// Ask begins a watch. It refuses with performance_not_found, also if the
// performance is of another concert, and fails with [ErrBehind].
func (q *WatchSeats) Ask(
	ctx context.Context, concert domain.ConcertID, performance domain.PerformanceID, position Position,
) (*SeatWatch, error) {
	if err := seen(ctx, q.board, position); err != nil {
		return nil, err
	}
	watch, found := q.board.Watch(performance)
	if !found {
		return nil, noPerformance(performance)
	}
	if watch.Snapshot.Performance().ConcertID != concert {
		watch.Close()
		return nil, noPerformance(performance)
	}
	return &SeatWatch{watch: watch}, nil
}

func noPerformance(id domain.PerformanceID) error {
	return domain.Refuse(domain.CodePerformanceNotFound, "There is no performance %s in this concert.", id)
}

// Snapshot returns the seats at the beginning of the watch and their revision.
func (w *SeatWatch) Snapshot() (seats PerformanceSeats, revision string) {
	view := w.watch.Snapshot
	p := view.Performance()
	return PerformanceSeats{PerformanceID: p.ID, StartsAt: p.StartsAt, view: view}, view.Revision()
}

// AppendSnapshot appends the snapshot as the JSON object {"performanceId",
// "startsAt", "seats"}.
func (w *SeatWatch) AppendSnapshot(dst []byte) []byte {
	seats, _ := w.Snapshot()
	return seats.appendJSON(dst)
}

// Next returns the next changes. It returns false when the reader has fallen
// too far behind, or the watch was closed: then the reader begins another
// watch. The error is that of ctx.
func (w *SeatWatch) Next(ctx context.Context) (changes SeatChanges, more bool, err error) {
	select {
	case c, open := <-w.watch.Changes:
		if !open {
			return SeatChanges{}, false, nil
		}
		return w.changes(c), true, nil
	case <-ctx.Done():
		return SeatChanges{}, false, ctx.Err()
	}
}

func (w *SeatWatch) changes(c sale.Changes) SeatChanges {
	price := w.watch.Snapshot.Performance().SeatPrice
	changes := SeatChanges{Revision: c.Revision, Available: c.Available, Seats: make([]Seat, len(c.Seats))}
	for i, s := range c.Seats {
		changes.Seats[i] = Seat{Number: s.Number, State: s.State.String(), Price: price}
	}
	return changes
}

// Close ends the watch. It may be called more than once.
func (w *SeatWatch) Close() { w.watch.Close() }
