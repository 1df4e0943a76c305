package http

import (
	"context"

	"github.com/holdfast-dev/holdfast/domain"
	"github.com/holdfast-dev/holdfast/query"
)

// Questions are what can be asked of the read models: one interface for each
// type of package query, which says what it promises and refuses.
type Questions struct {
	Concerts      ConcertQuestion
	Dates         DatesQuestion
	Seats         SeatsQuestion
	WatchSeats    WatchSeatsQuestion
	Reservations  ReservationsQuestion
	Reservation   ReservationQuestion
	Wallet        WalletQuestion
	WalletEntries WalletEntriesQuestion
	Payments      PaymentsQuestion
	Payment       PaymentQuestion
}

// QuestionsOf takes the questions of package query to a board and a store.
func QuestionsOf(board query.Board, store *query.Store) Questions {
	return Questions{
		Concerts:      query.NewListConcerts(board),
		Dates:         query.NewDatesOfConcert(board),
		Seats:         query.NewSeatsOfDate(board),
		WatchSeats:    watchSeats{query.NewWatchSeats(board)},
		Reservations:  query.NewReservationsOfUser(store),
		Reservation:   query.NewReservationOfUser(store),
		Wallet:        query.NewWalletOfUser(store),
		WalletEntries: query.NewWalletEntries(store),
		Payments:      query.NewPaymentsOfUser(store),
		Payment:       query.NewPaymentOfUser(store),
	}
}

func (q Questions) complete() bool {
	return q.Concerts != nil && q.Dates != nil && q.Seats != nil && q.WatchSeats != nil &&
		q.Reservations != nil && q.Reservation != nil && q.Wallet != nil && q.WalletEntries != nil &&
		q.Payments != nil && q.Payment != nil
}

// The questions, each as package query answers it.
type (
	// ConcertQuestion is [query.ListConcerts].
	ConcertQuestion interface {
		Ask(ctx context.Context, position query.Position) (query.ConcertList, error)
	}
	// DatesQuestion is [query.DatesOfConcert].
	DatesQuestion interface {
		Ask(ctx context.Context, concert domain.ConcertID, all bool, position query.Position) (query.DateList, error)
	}
	// SeatsQuestion is [query.SeatsOfDate].
	SeatsQuestion interface {
		Ask(
			ctx context.Context, concert domain.ConcertID, date string, availableOnly bool, position query.Position,
		) (query.SeatList, error)
	}
	// WatchSeatsQuestion is [query.WatchSeats].
	WatchSeatsQuestion interface {
		Ask(
			ctx context.Context, concert domain.ConcertID, performance domain.PerformanceID, position query.Position,
		) (SeatWatch, error)
	}
	// ReservationsQuestion is [query.ReservationsOfUser].
	ReservationsQuestion interface {
		Ask(ctx context.Context, user domain.UserID, position query.Position) (query.ReservationList, error)
	}
	// ReservationQuestion is [query.ReservationOfUser].
	ReservationQuestion interface {
		Ask(
			ctx context.Context, user domain.UserID, id domain.ReservationID, position query.Position,
		) (query.Reservation, string, error)
	}
	// WalletQuestion is [query.WalletOfUser].
	WalletQuestion interface {
		Ask(ctx context.Context, user domain.UserID, position query.Position) (query.Wallet, error)
	}
	// WalletEntriesQuestion is [query.WalletEntries].
	WalletEntriesQuestion interface {
		Ask(ctx context.Context, user domain.UserID, page query.Page, position query.Position) (query.WalletEntryPage, error)
	}
	// PaymentsQuestion is [query.PaymentsOfUser].
	PaymentsQuestion interface {
		Ask(ctx context.Context, user domain.UserID, position query.Position) (query.PaymentList, error)
	}
	// PaymentQuestion is [query.PaymentOfUser].
	PaymentQuestion interface {
		Ask(
			ctx context.Context, user domain.UserID, id domain.PaymentID, position query.Position,
		) (query.Payment, string, error)
	}
)

// SeatWatch is [query.SeatWatch].
type SeatWatch interface {
	// Snapshot returns the seats at the beginning and their revision.
	Snapshot() (seats query.PerformanceSeats, revision string)
	// AppendSnapshot appends the snapshot as a JSON object.
	AppendSnapshot(dst []byte) []byte
	// Next waits for changes; more is false when the reader fell behind.
	Next(ctx context.Context) (changes query.SeatChanges, more bool, err error)
	Close()
}

// watchSeats gives the question's answer the type that it has here.
type watchSeats struct {
	question *query.WatchSeats
}

// Ask implements [WatchSeatsQuestion].
func (w watchSeats) Ask(
	ctx context.Context, concert domain.ConcertID, performance domain.PerformanceID, position query.Position,
) (SeatWatch, error) {
	watch, err := w.question.Ask(ctx, concert, performance, position)
	if err != nil {
		return nil, err
	}
	return watch, nil
}
