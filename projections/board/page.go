package board

import (
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/holdfast-dev/holdfast/domain"
	"github.com/holdfast-dev/holdfast/domain/admission"
	"github.com/holdfast-dev/holdfast/domain/concert"
	"github.com/holdfast-dev/holdfast/domain/performance"
	"github.com/holdfast-dev/holdfast/domain/seat"
	"github.com/holdfast-dev/holdfast/domain/user"
	"github.com/holdfast-dev/holdfast/eventstore"
	"github.com/holdfast-dev/holdfast/projections/sale"
)

// page gathers what a page of the log changes, so that nothing of it shows
// before all of it does.
type page struct {
	index *index
	// cloned tells that index is the page's own.
	cloned  bool
	changes map[*sale.Seats]*changes
	over    []ended
	// forgotten are the users that the page forgets.
	forgotten []user.Forgotten
}

type changes struct {
	seats    []sale.Change
	position eventstore.Position
}

func newPage(x *index) *page { return &page{index: x, changes: make(map[*sale.Seats]*changes)} }

func (p *page) showSeats() {
	for seats, c := range p.changes {
		seats.Apply(c.seats, int64(c.position))
	}
}

// Apply implements [projections.Folder].
func (p *page) Apply(e eventstore.Event) error {
	switch event, err := decode(e); event := event.(type) {
	case nil:
		return err
	case seat.Held:
		until := seat.State{}.Evolve(event, e.RecordedAt).Ends
		return p.change(e.Position, event.PerformanceID, sale.Change{Seat: event.Seat, State: sale.Held, Until: until})
	case seat.Released:
		return p.change(e.Position, event.PerformanceID, sale.Change{Seat: event.Seat, State: sale.Available})
	case seat.Sold:
		return p.change(e.Position, event.PerformanceID, sale.Change{Seat: event.Seat, State: sale.Sold})
	case admission.Spent:
		return p.end(event.AdmissionID, e.RecordedAt)
	case admission.GivenUp:
		return p.end(event.AdmissionID, e.RecordedAt)
	case user.Forgotten:
		p.forgotten = append(p.forgotten, event)
		return nil
	case performance.Scheduled:
		return p.schedule(e, event)
	case concert.Announced:
		p.announce(event)
		return nil
	default:
		return fmt.Errorf("event type %s is not folded", e.Type)
	}
}

// decode reads an event of one of the categories.
func decode(e eventstore.Event) (domain.Event, error) {
	aggregate, _, _ := strings.Cut(e.Type, ".")
	switch aggregate {
	case seat.Category:
		return seat.Decode(e.Type, e.Payload)
	case admission.Category:
		return admission.Decode(e.Type, e.Payload)
	case performance.Category:
		return performance.Decode(e.Type, e.Payload)
	case user.Category:
		return user.Decode(e.Type, e.Payload)
	default:
		return concert.Decode(e.Type, e.Payload)
	}
}

// change gathers what becomes of a seat.
func (p *page) change(position eventstore.Position, id domain.PerformanceID, c sale.Change) error {
	seats, found := p.index.seats[id]
	if !found {
		return fmt.Errorf("there is no performance %s", id)
	}
	if count := seats.Performance().SeatCount; c.Seat < 1 || c.Seat > count {
		return fmt.Errorf("performance %s has %d seats, not a seat %d", id, count, c.Seat)
	}
	gathered, begun := p.changes[seats]
	if !begun {
		gathered = &changes{}
		p.changes[seats] = gathered
	}
	gathered.seats = append(gathered.seats, c)
	gathered.position = position
	return nil
}

func (p *page) end(id domain.AdmissionID, at time.Time) error {
	key, err := uuid.Parse(string(id))
	if err != nil {
		return fmt.Errorf("admission id: %w", err)
	}
	p.over = append(p.over, ended{key: key, at: at})
	return nil
}

func (p *page) announce(event concert.Announced) {
	p.own().addConcert(sale.Concert{
		ID:            event.ConcertID,
		Title:         event.Title,
		Venue:         event.Venue,
		Currency:      event.Currency,
		QueueCapacity: event.Queue.Capacity,
		Session:       event.Queue.Session(),
	})
}

func (p *page) schedule(e eventstore.Event, event performance.Scheduled) error {
	seats := sale.NewSeats(sale.Performance{
		ID:        event.PerformanceID,
		ConcertID: event.ConcertID,
		Date:      event.Date,
		StartsAt:  event.StartsAt,
		TimeZone:  event.TimeZone,
		SeatCount: event.Seats.Count,
		SeatPrice: event.Seats.Price,
	}, int64(e.Position))
	if !p.own().addPerformance(seats) {
		return fmt.Errorf("there is no concert %s", event.ConcertID)
	}
	return nil
}

// own returns the index as one that the page may add to.
func (p *page) own() *index {
	if !p.cloned {
		p.index, p.cloned = p.index.clone(), true
	}
	return p.index
}
