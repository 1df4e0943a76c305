package history

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/holdfast-dev/holdfast/domain"
	"github.com/holdfast-dev/holdfast/domain/concert"
	"github.com/holdfast-dev/holdfast/domain/performance"
	"github.com/holdfast-dev/holdfast/domain/seat"
	"github.com/holdfast-dev/holdfast/eventstore"
)

// Start is the store's time at which every history begins.
var Start = time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)

// HoldLength is how long holds last.
const HoldLength = 5 * time.Minute

// SeatPrice is the price of every seat.
const SeatPrice domain.Money = 9_000

// Sale is a history in the making. It is for one goroutine.
type Sale struct {
	random *rand.Rand
	now    time.Time
	events []eventstore.Event

	versions     map[string]eventstore.Version
	users        []domain.UserID
	concerts     []domain.ConcertID
	performances []*night
	byID         map[domain.PerformanceID]*night
	seats        map[string]seat.State
	reservations map[domain.ReservationID]*hold
	open         []*hold // reservations that stand as held
	balances     map[domain.UserID]domain.Money
}

type night struct {
	performance.Scheduled
}

// New returns the history of a sale that has not begun, with a few users.
func New(seed uint64) *Sale {
	s := &Sale{
		random:       rand.New(rand.NewPCG(seed, seed)),
		now:          Start,
		versions:     make(map[string]eventstore.Version),
		byID:         make(map[domain.PerformanceID]*night),
		seats:        make(map[string]seat.State),
		reservations: make(map[domain.ReservationID]*hold),
		balances:     make(map[domain.UserID]domain.Money),
	}
	for range 40 {
		s.users = append(s.users, domain.UserID(s.id()))
	}
	return s
}

// Events returns what has been recorded. The slice grows no more.
func (s *Sale) Events() []eventstore.Event { return slices.Clip(s.events) }

// Now returns the store's time.
func (s *Sale) Now() time.Time { return s.now }

// Pass lets time pass.
func (s *Sale) Pass(d time.Duration) { s.now = s.now.Add(d) }

// User returns one of the users.
func (s *Sale) User(n int) domain.UserID { return s.users[n] }

// Announce records a concert.
func (s *Sale) Announce(title string) domain.ConcertID {
	id := domain.ConcertID(s.id())
	s.concerts = append(s.concerts, id)
	s.record(concert.Stream(id), "", concert.Announced{
		ConcertID: id, Title: title, Venue: "Große Halle", Currency: "EUR",
		Queue: concert.Queue{Capacity: 100, SessionSeconds: 600},
	})
	return id
}

// Schedule records a performance, days after the start of the history at 20:00
// in Berlin, one day later than the performance before it.
func (s *Sale) Schedule(id domain.ConcertID, seats int) domain.PerformanceID {
	startsAt := Start.Add(time.Duration(30+len(s.performances))*24*time.Hour + 6*time.Hour)
	return s.ScheduleAt(id, seats, startsAt)
}

// ScheduleAt records a performance.
func (s *Sale) ScheduleAt(id domain.ConcertID, seats int, startsAt time.Time) domain.PerformanceID {
	berlin := time.FixedZone("CEST", 2*60*60)
	n := &night{performance.Scheduled{
		PerformanceID: domain.PerformanceID(s.id()), ConcertID: id,
		StartsAt: startsAt, TimeZone: "Europe/Berlin", Date: startsAt.In(berlin).Format(time.DateOnly),
		Seats: performance.Seats{Count: seats, Price: SeatPrice},
	}}
	s.performances = append(s.performances, n)
	s.byID[n.PerformanceID] = n
	s.record(performance.Stream(n.PerformanceID), "", n.Scheduled)
	return n.PerformanceID
}

// record appends an event. Time passes between events of different commands
// only; a command's events are recorded at one time.
func (s *Sale) record(stream, tag string, event domain.Event) {
	payload, err := domain.EncodeEvent(event)
	if err != nil {
		panic(fmt.Sprintf("encode %s: %v", event.Type(), err)) // cannot happen to our own types
	}
	s.versions[stream]++
	s.events = append(s.events, eventstore.Event{
		Position:   eventstore.Position(len(s.events) + 1),
		Stream:     stream,
		Version:    s.versions[stream],
		Type:       event.Type(),
		Tag:        tag,
		Payload:    payload,
		Metadata:   []byte(`{}`),
		RecordedAt: s.now,
	})
}

// id mints an id.
func (s *Sale) id() string {
	var raw [16]byte
	for i := range raw {
		raw[i] = byte(s.random.Uint32())
	}
	return uuid.UUID(raw).String()
}
