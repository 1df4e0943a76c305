package projections

import (
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/holdfast-dev/holdfast/domain"
	"github.com/holdfast-dev/holdfast/domain/concert"
	"github.com/holdfast-dev/holdfast/domain/performance"
	"github.com/holdfast-dev/holdfast/domain/seat"
	"github.com/holdfast-dev/holdfast/eventstore"
)

type (
	concertRow struct {
		concert.Announced
		position eventstore.Position
		at       time.Time
	}
	performanceRow struct {
		performance.Scheduled
		position eventstore.Position
	}
	seatKey struct {
		performance domain.PerformanceID
		number      int
	}
	seatRow struct {
		seatKey
		seat.State
	}
	admissionRow struct {
		id      domain.AdmissionID
		concert domain.ConcertID
		user    domain.UserID
		outcome string
		at      time.Time
	}
)

const insertConcerts = `
INSERT INTO concerts (concert_id, title, venue, currency, queue_capacity, session_seconds, announced_at, position)
SELECT unnest($1::text[])::uuid, unnest($2::text[]), unnest($3::text[]), unnest($4::text[]),
    unnest($5::integer[]), unnest($6::integer[]), unnest($7::timestamptz[]), unnest($8::bigint[])`

func queueConcerts(b *pgx.Batch, rows []concertRow) {
	if len(rows) == 0 {
		return
	}
	b.Queue(insertConcerts,
		column(rows, func(r concertRow) string { return string(r.ConcertID) }),
		column(rows, func(r concertRow) string { return r.Title }),
		column(rows, func(r concertRow) string { return r.Venue }),
		column(rows, func(r concertRow) string { return r.Currency }),
		column(rows, func(r concertRow) int { return r.Queue.Capacity }),
		column(rows, func(r concertRow) int { return r.Queue.SessionSeconds }),
		column(rows, func(r concertRow) time.Time { return r.at }),
		column(rows, func(r concertRow) int64 { return int64(r.position) }),
	)
}

const insertPerformances = `
INSERT INTO performances (performance_id, concert_id, starts_at, time_zone, local_date, seat_count, seat_price, position, revision)
SELECT unnest($1::text[])::uuid, unnest($2::text[])::uuid, unnest($3::timestamptz[]), unnest($4::text[]), unnest($5::text[])::date,
    unnest($6::integer[]), unnest($7::bigint[]), unnest($8::bigint[]), unnest($8::bigint[])`

func queuePerformances(b *pgx.Batch, rows []performanceRow) {
	if len(rows) == 0 {
		return
	}
	b.Queue(insertPerformances,
		column(rows, func(r performanceRow) string { return string(r.PerformanceID) }),
		column(rows, func(r performanceRow) string { return string(r.ConcertID) }),
		column(rows, func(r performanceRow) time.Time { return r.StartsAt }),
		column(rows, func(r performanceRow) string { return r.TimeZone }),
		column(rows, func(r performanceRow) string { return r.Date }),
		column(rows, func(r performanceRow) int { return r.Seats.Count }),
		column(rows, func(r performanceRow) int64 { return int64(r.Seats.Price) }),
		column(rows, func(r performanceRow) int64 { return int64(r.position) }),
	)
}

const (
	upsertSeats = `
INSERT INTO seats (performance_id, seat, state, reservation_id, hold_until)
SELECT unnest($1::text[])::uuid, unnest($2::integer[]), unnest($3::text[]), unnest($4::text[])::uuid, unnest($5::timestamptz[])
ON CONFLICT (performance_id, seat) DO UPDATE SET
    state = excluded.state, reservation_id = excluded.reservation_id, hold_until = excluded.hold_until`
	// A seat may have been held and released within the page, so that there is
	// nothing to delete.
	deleteSeats = `
DELETE FROM seats s
USING unnest($1::text[]::uuid[], $2::integer[]) AS r(performance_id, seat)
WHERE s.performance_id = r.performance_id AND s.seat = r.seat`
)

func queueSeats(b *pgx.Batch, seats map[seatKey]seatRow) {
	taken, free := make([]seatRow, 0, len(seats)), make([]seatRow, 0)
	for _, row := range seats {
		if row.Status == seat.StatusAvailable {
			free = append(free, row)
		} else {
			taken = append(taken, row)
		}
	}
	performanceID := func(r seatRow) string { return string(r.performance) }
	number := func(r seatRow) int { return r.number }
	if len(taken) > 0 {
		b.Queue(upsertSeats,
			column(taken, performanceID),
			column(taken, number),
			column(taken, seatRow.stateName),
			column(taken, func(r seatRow) string { return string(r.ReservationID) }),
			column(taken, seatRow.holdUntil),
		)
	}
	if len(free) > 0 {
		b.Queue(deleteSeats, column(free, performanceID), column(free, number))
	}
}

// stateName returns how the table names the state of a seat that is taken.
func (r seatRow) stateName() string {
	if r.Status == seat.StatusSold {
		return "sold"
	}
	return "held"
}

// holdUntil returns the end of the hold, nil for a sold seat.
func (r seatRow) holdUntil() *time.Time {
	if r.Status == seat.StatusSold {
		return nil
	}
	return &r.Ends
}

const updateRevisions = `
UPDATE performances p SET revision = r.revision
FROM unnest($1::text[]::uuid[], $2::bigint[]) AS r(performance_id, revision)
WHERE p.performance_id = r.performance_id`

func queueRevisions(b *pgx.Batch, revisions map[domain.PerformanceID]eventstore.Position) {
	if len(revisions) == 0 {
		return
	}
	ids, positions := make([]string, 0, len(revisions)), make([]int64, 0, len(revisions))
	for id, position := range revisions {
		ids = append(ids, string(id))
		positions = append(positions, int64(position))
	}
	b.Queue(updateRevisions, ids, positions).Exec(exactly(len(ids), "performances"))
}

const insertAdmissions = `
INSERT INTO admissions (admission_id, concert_id, user_id, outcome, over_at)
SELECT unnest($1::text[])::uuid, unnest($2::text[])::uuid, unnest($3::text[])::uuid, unnest($4::text[]), unnest($5::timestamptz[])`

func queueAdmissions(b *pgx.Batch, rows []admissionRow) {
	if len(rows) == 0 {
		return
	}
	b.Queue(insertAdmissions,
		column(rows, func(r admissionRow) string { return string(r.id) }),
		column(rows, func(r admissionRow) string { return string(r.concert) }),
		column(rows, func(r admissionRow) string { return string(r.user) }),
		column(rows, func(r admissionRow) string { return r.outcome }),
		column(rows, func(r admissionRow) time.Time { return r.at }),
	)
}
