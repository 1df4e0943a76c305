package projections

import (
	_ "embed"

	"github.com/jackc/pgx/v5"

	"github.com/holdfast-dev/holdfast/domain"
	"github.com/holdfast-dev/holdfast/domain/admission"
	"github.com/holdfast-dev/holdfast/domain/concert"
	"github.com/holdfast-dev/holdfast/domain/performance"
	"github.com/holdfast-dev/holdfast/domain/seat"
	"github.com/holdfast-dev/holdfast/eventstore"
)

const (
	// SalesName is the name of the projection that [Sales] returns.
	SalesName = "sales"
	// SalesVersion is its version.
	SalesVersion = 1
)

//go:embed schema/tables/sales.sql
var salesDDL string

// Sales is what is on sale: concerts, performances, the seats that are held or
// sold, and the admissions that are over.
func Sales() Projection {
	return Projection{
		Name:    SalesName,
		Bulk:    salesPlan(),
		Version: SalesVersion,
		DDL:     salesDDL,
		Tables: []Table{
			{Name: "concerts", Key: "concert_id"},
			{Name: "performances", Key: "performance_id"},
			{Name: "seats", Key: "performance_id, seat"},
			{Name: "admissions", Key: "admission_id"},
		},
		Categories: []string{concert.Category, performance.Category, seat.Category, admission.Category},
		NewPage:    func() Page { return newSalesPage() },
	}
}

func newSalesPage() *salesPage {
	return &salesPage{
		seats:     make(map[seatKey]seatRow),
		revisions: make(map[domain.PerformanceID]eventstore.Position),
	}
}

// salesPage is what a page of the log changes in the sale.
type salesPage struct {
	concerts     []concertRow
	performances []performanceRow
	// seats holds what each seat that was touched has come to.
	seats map[seatKey]seatRow
	// revisions holds the last change of each performance that was touched.
	revisions  map[domain.PerformanceID]eventstore.Position
	admissions []admissionRow
}

// Apply implements [Page].
func (p *salesPage) Apply(e eventstore.Event) error {
	switch category(e.Type) {
	case seat.Category:
		return p.applySeat(e)
	case admission.Category:
		return p.applyAdmission(e)
	case performance.Category:
		return p.applyPerformance(e)
	case concert.Category:
		return p.applyConcert(e)
	}
	return &domain.UnknownTypeError{Type: e.Type}
}

func (p *salesPage) applyConcert(e eventstore.Event) error {
	event, err := concert.Decode(e.Type, e.Payload)
	if err != nil {
		return err
	}
	switch event := event.(type) {
	case concert.Announced:
		p.concerts = append(p.concerts, concertRow{Announced: event, position: e.Position, at: e.RecordedAt})
	default:
		return unfolded(event)
	}
	return nil
}

func (p *salesPage) applyPerformance(e eventstore.Event) error {
	event, err := performance.Decode(e.Type, e.Payload)
	if err != nil {
		return err
	}
	switch event := event.(type) {
	case performance.Scheduled:
		p.performances = append(p.performances, performanceRow{Scheduled: event, position: e.Position})
		p.revisions[event.PerformanceID] = e.Position
	default:
		return unfolded(event)
	}
	return nil
}

// applySeat keeps what the latest event makes of a seat: it alone gives the
// seat's state.
func (p *salesPage) applySeat(e eventstore.Event) error {
	event, err := seat.Decode(e.Type, e.Payload)
	if err != nil {
		return err
	}
	var key seatKey
	switch event := event.(type) {
	case seat.Held:
		key = seatKey{event.PerformanceID, event.Seat}
	case seat.Released:
		key = seatKey{event.PerformanceID, event.Seat}
	case seat.Sold:
		key = seatKey{event.PerformanceID, event.Seat}
	default:
		return unfolded(event)
	}
	p.seats[key] = seatRow{seatKey: key, State: seat.State{}.Evolve(event, e.RecordedAt)}
	p.revisions[key.performance] = e.Position
	return nil
}

func (p *salesPage) applyAdmission(e eventstore.Event) error {
	event, err := admission.Decode(e.Type, e.Payload)
	if err != nil {
		return err
	}
	switch event := event.(type) {
	case admission.Spent:
		p.admissions = append(p.admissions,
			admissionRow{event.AdmissionID, event.ConcertID, event.UserID, "spent", e.RecordedAt})
	case admission.GivenUp:
		p.admissions = append(p.admissions,
			admissionRow{event.AdmissionID, event.ConcertID, event.UserID, "given_up", e.RecordedAt})
	default:
		return unfolded(event)
	}
	return nil
}

// Queue implements [Page].
func (p *salesPage) Queue(b *pgx.Batch) {
	queueConcerts(b, p.concerts)
	queuePerformances(b, p.performances)
	queueSeats(b, p.seats)
	queueRevisions(b, p.revisions)
	queueAdmissions(b, p.admissions)
}
