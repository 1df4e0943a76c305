package projections

import (
	_ "embed"

	"github.com/jackc/pgx/v5"

	"github.com/holdfast-dev/holdfast/domain"
	"github.com/holdfast-dev/holdfast/domain/reservation"
	"github.com/holdfast-dev/holdfast/eventstore"
)

const (
	// ReservationsName is the name of the projection that [Reservations] returns.
	ReservationsName = "reservations"
	// ReservationsVersion is its version.
	ReservationsVersion = 1
)

//go:embed schema/tables/reservations.sql
var reservationsDDL string

// Reservations is every reservation and what became of it.
func Reservations() Projection {
	return Projection{
		Name:       ReservationsName,
		Bulk:       reservationsPlan(),
		Version:    ReservationsVersion,
		DDL:        reservationsDDL,
		Tables:     []Table{{Name: "reservations", Key: "reservation_id"}},
		Categories: []string{reservation.Category},
		NewPage: func() Page {
			return &reservationsPage{held: make(map[domain.ReservationID]*reservationRow)}
		},
	}
}

// reservationsPage is what a page of the log changes in the reservations.
type reservationsPage struct {
	// held are the reservations made within the page, with what became of them
	// within it.
	held map[domain.ReservationID]*reservationRow
	// ended are the reservations made before the page and ended within it.
	ended []reservationEnd
}

// Apply implements [Page].
func (p *reservationsPage) Apply(e eventstore.Event) error {
	event, err := reservation.Decode(e.Type, e.Payload)
	if err != nil {
		return err
	}
	switch event := event.(type) {
	case reservation.Held:
		p.held[event.ReservationID] = &reservationRow{
			Held:      event,
			position:  e.Position,
			expiresAt: event.Ends(e.RecordedAt),
			state:     reservation.StatusHeld,
		}
	case reservation.Confirmed:
		p.end(reservationEnd{event.ReservationID, reservation.StatusConfirmed, &event.PaymentID})
	case reservation.Cancelled:
		p.end(reservationEnd{event.ReservationID, reservation.StatusCancelled, nil})
	case reservation.Expired:
		p.end(reservationEnd{event.ReservationID, reservation.StatusExpired, nil})
	default:
		return unfolded(event)
	}
	return nil
}

func (p *reservationsPage) end(end reservationEnd) {
	if row, here := p.held[end.id]; here {
		row.state, row.payment = end.state, end.payment
		return
	}
	p.ended = append(p.ended, end)
}

// Queue implements [Page].
func (p *reservationsPage) Queue(b *pgx.Batch) {
	rows := make([]*reservationRow, 0, len(p.held))
	for _, row := range p.held {
		rows = append(rows, row)
	}
	queueReservations(b, rows)
	queueReservationEnds(b, p.ended)
}
