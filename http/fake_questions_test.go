package http_test

import (
	"context"
	"sync"
	"time"

	"github.com/holdfast-dev/holdfast/domain"
	"github.com/holdfast-dev/holdfast/http"
	"github.com/holdfast-dev/holdfast/query"
)

// questions answers for one user who has one of everything.
type questions struct {
	mu       sync.Mutex
	position query.Position
	err      error
	// watch is handed out to whoever watches seats.
	watch *seatWatch
}

func (q *questions) note(position query.Position) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.position = position
	return q.err
}

func (q *questions) fail(err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.err = err
}

// watchAnew hands out another watch from here on, and returns the one before.
func (q *questions) watchAnew() *seatWatch {
	q.mu.Lock()
	defer q.mu.Unlock()
	before := q.watch
	q.watch = newSeatWatch()
	return before
}

func (q *questions) all() http.Questions {
	return http.Questions{
		Concerts: concertsQuestion{q}, Dates: datesQuestion{q}, Seats: seatsQuestion{q}, WatchSeats: watchQuestion{q},
		Reservations: reservationsQuestion{q}, Reservation: reservationQuestion{q},
		Wallet: walletQuestion{q}, WalletEntries: entriesQuestion{q},
		Payments: paymentsQuestion{q}, Payment: paymentQuestion{q},
	}
}

type (
	concertsQuestion     struct{ *questions }
	datesQuestion        struct{ *questions }
	seatsQuestion        struct{ *questions }
	watchQuestion        struct{ *questions }
	reservationsQuestion struct{ *questions }
	reservationQuestion  struct{ *questions }
	walletQuestion       struct{ *questions }
	entriesQuestion      struct{ *questions }
	paymentsQuestion     struct{ *questions }
	paymentQuestion      struct{ *questions }
)

func (q concertsQuestion) Ask(_ context.Context, position query.Position) (query.ConcertList, error) {
	return query.ConcertList{Concerts: []query.Concert{{ConcertID: concertID, Title: "Nachtmusik", Venue: "Halle", Currency: "EUR"}}}, q.note(position)
}

func (q datesQuestion) Ask(_ context.Context, _ domain.ConcertID, all bool, position query.Position) (query.DateList, error) {
	list := query.DateList{Dates: []query.Date{{Date: "2027-05-01", PerformanceID: performanceID, StartsAt: now, SeatsTotal: 50, SeatsAvailable: 12}}}
	if all {
		list.Dates = append(list.Dates, query.Date{Date: "2027-05-02", PerformanceID: performanceID, StartsAt: now, SeatsTotal: 50})
	}
	return list, q.note(position)
}

func (q seatsQuestion) Ask(_ context.Context, _ domain.ConcertID, date string, available bool, position query.Position) (query.SeatList, error) {
	if date != "2027-05-01" {
		return query.SeatList{}, domain.Refuse(query.CodeDateNotFound, "The concert is not played on %s.", date)
	}
	revision := "17"
	if available {
		revision = "17.available"
	}
	return query.SeatList{Date: date, Revision: revision}, q.note(position)
}

func (q watchQuestion) Ask(_ context.Context, _ domain.ConcertID, id domain.PerformanceID, position query.Position) (http.SeatWatch, error) {
	if id != performanceID {
		return nil, domain.Refuse(domain.CodePerformanceNotFound, "There is no performance %s in this concert.", id)
	}
	if err := q.note(position); err != nil {
		return nil, err
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.watch, nil
}

func (q reservationsQuestion) Ask(_ context.Context, user domain.UserID, position query.Position) (query.ReservationList, error) {
	list := query.ReservationList{}
	if user == userID {
		list.Reservations = []query.Reservation{found("confirmed")}
	}
	return list, q.note(position)
}

func (q reservationQuestion) Ask(_ context.Context, user domain.UserID, id domain.ReservationID, position query.Position) (query.Reservation, string, error) {
	if user != userID || id != reservationID {
		return query.Reservation{}, "", domain.Refuse(domain.CodeReservationNotFound, "You have no reservation with this id.")
	}
	return found("held"), "", q.note(position)
}

func (q walletQuestion) Ask(_ context.Context, user domain.UserID, position query.Position) (query.Wallet, error) {
	return query.Wallet{UserID: user, Balance: 1000}, q.note(position)
}

func (q entriesQuestion) Ask(_ context.Context, _ domain.UserID, page query.Page, position query.Position) (query.WalletEntryPage, error) {
	if page.Cursor == "bad" {
		return query.WalletEntryPage{}, domain.Invalid(domain.FieldError{Pointer: "/cursor", Detail: "must be the cursor of a page"})
	}
	return query.WalletEntryPage{
		Entries: []query.WalletEntry{{EntryID: string(chargeID), Kind: "charge", Amount: 1000, Balance: 1000, At: now}},
		Next:    "AQc",
	}, q.note(position)
}

func (q paymentsQuestion) Ask(_ context.Context, _ domain.UserID, position query.Position) (query.PaymentList, error) {
	return query.PaymentList{Payments: []query.Payment{payment()}}, q.note(position)
}

func (q paymentQuestion) Ask(_ context.Context, user domain.UserID, id domain.PaymentID, position query.Position) (query.Payment, string, error) {
	if user != userID || id != paymentID {
		return query.Payment{}, "", domain.Refuse(query.CodePaymentNotFound, "You have no payment with this id.")
	}
	return payment(), "", q.note(position)
}

func found(state string) query.Reservation {
	r := query.Reservation{
		ReservationID: reservationID, UserID: userID, PerformanceID: performanceID, Date: "2027-05-01",
		Seats: []int{7, 8}, Price: 9000, State: state, ExpiresAt: now.Add(5 * time.Minute),
	}
	if state == "confirmed" {
		r.PaymentID = paymentID
	}
	return r
}

// seatWatch sends what a test puts into its channel.
type seatWatch struct {
	changes chan query.SeatChanges
	closed  sync.Once
	done    chan struct{}
}

func newSeatWatch() *seatWatch {
	return &seatWatch{changes: make(chan query.SeatChanges), done: make(chan struct{})}
}

func (w *seatWatch) Snapshot() (query.PerformanceSeats, string) {
	return query.PerformanceSeats{PerformanceID: performanceID, StartsAt: now}, "17"
}

func (w *seatWatch) AppendSnapshot(dst []byte) []byte {
	return append(dst, `{"performanceId":"`+string(performanceID)+`","startsAt":"2026-03-01T12:00:00Z","seats":[]}`...)
}

func (w *seatWatch) Next(ctx context.Context) (query.SeatChanges, bool, error) {
	select {
	case c, more := <-w.changes:
		return c, more, nil
	case <-ctx.Done():
		return query.SeatChanges{}, false, ctx.Err()
	}
}

func (w *seatWatch) Close() { w.closed.Do(func() { close(w.done) }) }

// panicking is a question that panics.
type panicking struct{}

func (panicking) Ask(context.Context, query.Position) (query.ConcertList, error) { panic("boom") }
