package projections

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/holdfast-dev/holdfast/domain"
	"github.com/holdfast-dev/holdfast/domain/admission"
	"github.com/holdfast-dev/holdfast/domain/concert"
	"github.com/holdfast-dev/holdfast/domain/performance"
	"github.com/holdfast-dev/holdfast/domain/seat"
	"github.com/holdfast-dev/holdfast/eventstore"
)

func salesPlan() *BulkPlan {
	return &BulkPlan{
		Bare: []string{"seats", "admissions"},
		Open: []string{"seats"},
		New: func() Bulk {
			return &salesBulk{held: make(map[seatKey]heldSeat), page: newSalesPage()}
		},
	}
}

// salesBulk keeps the seats that are held. A sold seat is sold for good, and a
// free one has no row.
type salesBulk struct {
	held map[seatKey]heldSeat
	sold copyRows
	over copyRows
	// page holds what changes in the small tables, which are written as always.
	page *salesPage
}

type heldSeat struct {
	reservation domain.ReservationID
	until       time.Time
}

const seatColumns = "performance_id, reservation_id, hold_until, seat, state"

// Load implements [Bulk].
func (b *salesBulk) Load(ctx context.Context, tx pgx.Tx) error {
	rows, err := tx.Query(ctx, `SELECT performance_id::text, seat, reservation_id::text, hold_until FROM seats_open`)
	if err != nil {
		return err
	}
	var key seatKey
	var s heldSeat
	_, err = pgx.ForEachRow(rows, []any{&key.performance, &key.number, &s.reservation, &s.until}, func() error {
		b.held[key] = s
		return nil
	})
	return err
}

// Apply implements [Bulk].
func (b *salesBulk) Apply(e eventstore.Event, decoded domain.Event) error {
	switch event := decoded.(type) {
	case seat.Event:
		return b.applySeat(e, event)
	case admission.Spent:
		return b.end(e, event.AdmissionID, event.ConcertID, event.UserID, "spent")
	case admission.GivenUp:
		return b.end(e, event.AdmissionID, event.ConcertID, event.UserID, "given_up")
	case performance.Scheduled, concert.Announced:
		return b.page.Apply(e)
	}
	return unfolded(decoded)
}

func (b *salesBulk) applySeat(e eventstore.Event, event seat.Event) error {
	var key seatKey
	switch event := event.(type) {
	case seat.Held:
		key = seatKey{event.PerformanceID, event.Seat}
		b.held[key] = heldSeat{event.ReservationID, seat.State{}.Evolve(event, e.RecordedAt).Ends}
		b.page.revisions[key.performance] = e.Position
		return nil
	case seat.Released:
		key = seatKey{event.PerformanceID, event.Seat}
	case seat.Sold:
		key = seatKey{event.PerformanceID, event.Seat}
		copySeat(&b.sold, key, event.ReservationID, nil)
	default:
		return unfolded(event)
	}
	if _, held := b.held[key]; !held {
		return errOdd
	}
	delete(b.held, key)
	b.page.revisions[key.performance] = e.Position
	return b.sold.err
}

// copySeat writes a seat that is held until a time, or sold.
func copySeat(to *copyRows, key seatKey, reservation domain.ReservationID, until *time.Time) {
	to.row(5)
	to.uuid(string(key.performance))
	to.uuid(string(reservation))
	if until == nil {
		to.null()
		to.integer(key.number)
		to.text("sold")
		return
	}
	to.timestamp(*until)
	to.integer(key.number)
	to.text("held")
}

func (b *salesBulk) end(
	e eventstore.Event, id domain.AdmissionID, of domain.ConcertID, user domain.UserID, outcome string,
) error {
	to := &b.over
	to.row(5)
	to.uuid(string(id))
	to.uuid(string(of))
	to.uuid(string(user))
	to.timestamp(e.RecordedAt)
	to.text(outcome)
	return to.err
}

// Open implements [Bulk].
func (b *salesBulk) Open() int { return len(b.held) }

// Flush implements [Bulk].
func (b *salesBulk) Flush() Chunk {
	var open copyRows
	for key, s := range b.held {
		copySeat(&open, key, s.reservation, &s.until)
	}
	chunk := Chunk{Rows: []TableRows{
		{Table: "seats", Columns: seatColumns, Data: b.sold.take()},
		{Table: "seats" + OpenSuffix, Columns: seatColumns, Replace: true, Data: open.take()},
		{Table: "admissions", Columns: "admission_id, concert_id, user_id, over_at, outcome", Data: b.over.take()},
	}}
	b.page.Queue(&chunk.Batch)
	b.page = newSalesPage()
	return chunk
}
