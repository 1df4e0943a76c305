package history

import (
	"encoding/binary"
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
	// taken is how many events Take has handed out, before those of events.
	taken  int
	events []eventstore.Event
	// metadata is that of the command being recorded.
	metadata []byte

	versions     map[string]eventstore.Version
	users        []domain.UserID
	concerts     []domain.ConcertID
	performances []*night
	byID         map[domain.PerformanceID]*night
	seats        map[string]seat.State
	reservations map[domain.ReservationID]*hold
	open         []*hold // reservations that stand as held
	balances     map[domain.UserID]domain.Money

	// due are the holds of OnSale in the order in which they end.
	due []*hold
}

type night struct {
	performance.Scheduled

	// next is the first seat that OnSale has not given to anybody yet, less one.
	next int
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

// Events returns what has been recorded and not been taken. The slice grows no
// more.
func (s *Sale) Events() []eventstore.Event { return slices.Clip(s.events) }

// Take returns what has been recorded since it was called last, so that a long
// history need not be held in memory as a whole.
func (s *Sale) Take() []eventstore.Event {
	events := s.events
	s.taken += len(events)
	s.events = make([]eventstore.Event, 0, cap(events))
	return events
}

// recorded is how many events there are, taken or not.
func (s *Sale) recorded() int { return s.taken + len(s.events) }

// Now returns the store's time.
func (s *Sale) Now() time.Time { return s.now }

// Pass lets time pass.
func (s *Sale) Pass(d time.Duration) { s.now = s.now.Add(d) }

// User returns one of the users.
func (s *Sale) User(n int) domain.UserID { return s.users[n] }

// Announce records a concert.
func (s *Sale) Announce(title string) domain.ConcertID {
	s.command("admin:history", "announce_concert")
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
	s.command("admin:history", "schedule_performance")
	berlin := time.FixedZone("CEST", 2*60*60)
	n := &night{Scheduled: performance.Scheduled{
		PerformanceID: domain.PerformanceID(s.id()), ConcertID: id,
		StartsAt: startsAt, TimeZone: "Europe/Berlin", Date: startsAt.In(berlin).Format(time.DateOnly),
		Seats: performance.Seats{Count: seats, Price: SeatPrice},
	}}
	s.performances = append(s.performances, n)
	s.byID[n.PerformanceID] = n
	s.record(performance.Stream(n.PerformanceID), "", n.Scheduled)
	return n.PerformanceID
}

// command says who sends the command whose events follow.
func (s *Sale) command(actor, name string) {
	s.metadata = []byte(`{"actor":"` + actor + `","command":"` + name + `","correlation":"` + s.id() + `"}`)
}

func (s *Sale) userCommand(user domain.UserID, name string) { s.command("user:"+string(user), name) }

// record appends an event. Time passes between events of different commands
// only; a command's events are recorded at one time.
func (s *Sale) record(stream, tag string, event domain.Event) {
	payload, err := domain.EncodeEvent(event)
	if err != nil {
		panic(fmt.Sprintf("encode %s: %v", event.Type(), err)) // cannot happen to our own types
	}
	s.versions[stream]++
	s.events = append(s.events, eventstore.Event{
		Position:   eventstore.Position(s.recorded() + 1),
		Stream:     stream,
		Version:    s.versions[stream],
		Type:       event.Type(),
		Tag:        tag,
		Payload:    payload,
		Metadata:   s.metadata,
		RecordedAt: s.now,
	})
}

// close forgets the version of a stream that nothing can follow.
func (s *Sale) close(stream string) { delete(s.versions, stream) }

// id mints an id: a UUID of version 7, as the server does, so that ids sort by
// their age.
func (s *Sale) id() string {
	var id uuid.UUID
	binary.BigEndian.PutUint64(id[:8], uint64(s.now.UnixMilli())<<16|s.random.Uint64N(1<<12)|7<<12)
	binary.BigEndian.PutUint64(id[8:], s.random.Uint64()&^(3<<62)|2<<62)
	return id.String()
}
