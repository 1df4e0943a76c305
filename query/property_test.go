package query_test

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/holdfast-dev/holdfast/domain"
	"github.com/holdfast-dev/holdfast/domain/concert"
	"github.com/holdfast-dev/holdfast/domain/performance"
	"github.com/holdfast-dev/holdfast/domain/reservation"
	"github.com/holdfast-dev/holdfast/domain/wallet"
	"github.com/holdfast-dev/holdfast/projections/board"
	"github.com/holdfast-dev/holdfast/projections/history"
	"github.com/holdfast-dev/holdfast/query"
)

// facts are what a history says, read in the most naive way.
type facts struct {
	concerts     []domain.ConcertID
	dates        map[domain.ConcertID][]string
	users        map[domain.UserID]bool
	reservations map[domain.UserID][]query.Reservation // the latest first
	balances     map[domain.UserID]domain.Money
	entries      map[domain.UserID][]string // the latest first
	payments     map[domain.UserID][]domain.PaymentID
}

func factsOf(t require.TestingT, s *history.Sale) facts {
	f := facts{
		dates: map[domain.ConcertID][]string{}, users: map[domain.UserID]bool{},
		reservations: map[domain.UserID][]query.Reservation{}, balances: map[domain.UserID]domain.Money{},
		entries: map[domain.UserID][]string{}, payments: map[domain.UserID][]domain.PaymentID{},
	}
	end := func(user domain.UserID, id domain.ReservationID, state string, payment domain.PaymentID) {
		i := slices.IndexFunc(f.reservations[user], func(r query.Reservation) bool { return r.ReservationID == id })
		f.reservations[user][i].State, f.reservations[user][i].PaymentID = state, payment
	}
	enter := func(user domain.UserID, id string, balance domain.Money) {
		f.users[user] = true
		f.balances[user] = balance
		f.entries[user] = append([]string{id}, f.entries[user]...)
	}
	for _, e := range s.Events() {
		switch e.Type {
		case concert.TypeAnnounced:
			announced, err := domain.DecodeEvent[concert.Announced](e.Payload)
			require.NoError(t, err)
			f.concerts = append(f.concerts, announced.ConcertID)
		case performance.TypeScheduled:
			scheduled, err := domain.DecodeEvent[performance.Scheduled](e.Payload)
			require.NoError(t, err)
			f.dates[scheduled.ConcertID] = append(f.dates[scheduled.ConcertID], scheduled.Date)
		case reservation.TypeHeld:
			held, err := domain.DecodeEvent[reservation.Held](e.Payload)
			require.NoError(t, err)
			f.users[held.UserID] = true
			f.reservations[held.UserID] = append([]query.Reservation{{
				ReservationID: held.ReservationID, UserID: held.UserID, PerformanceID: held.PerformanceID, Date: held.Date,
				Seats: held.Seats, Price: held.Price, State: "held", ExpiresAt: held.Ends(e.RecordedAt),
			}}, f.reservations[held.UserID]...)
		case reservation.TypeConfirmed:
			confirmed, err := domain.DecodeEvent[reservation.Confirmed](e.Payload)
			require.NoError(t, err)
			end(confirmed.UserID, confirmed.ReservationID, "confirmed", confirmed.PaymentID)
			f.payments[confirmed.UserID] = append([]domain.PaymentID{confirmed.PaymentID}, f.payments[confirmed.UserID]...)
		case reservation.TypeCancelled:
			cancelled, err := domain.DecodeEvent[reservation.Cancelled](e.Payload)
			require.NoError(t, err)
			end(cancelled.UserID, cancelled.ReservationID, "cancelled", "")
		case reservation.TypeExpired:
			expired, err := domain.DecodeEvent[reservation.Expired](e.Payload)
			require.NoError(t, err)
			end(expired.UserID, expired.ReservationID, "expired", "")
		case wallet.TypeCharged:
			charged, err := domain.DecodeEvent[wallet.Charged](e.Payload)
			require.NoError(t, err)
			enter(charged.UserID, string(charged.ChargeID), charged.Balance)
		case wallet.TypeDebited:
			debited, err := domain.DecodeEvent[wallet.Debited](e.Payload)
			require.NoError(t, err)
			enter(debited.UserID, string(debited.PaymentID), debited.Balance)
		}
	}
	return f
}

// Everything that users are told about themselves is what the log says.
func TestAnswersAgreeWithTheLog(t *testing.T) {
	t.Parallel()
	s := history.New(71)
	s.Random(4_000)
	want := factsOf(t, s)
	store := query.NewStore(tables(t, history.NewLog(s.Events())))
	at := position(s)
	for user := range want.users {
		reservations, err := query.NewReservationsOfUser(store).Ask(t.Context(), user, at)
		require.NoError(t, err)
		require.Equal(t, asOf(time.Now(), want.reservations[user]), orEmpty(reservations.Reservations))

		balance, err := query.NewWalletOfUser(store).Ask(t.Context(), user, at)
		require.NoError(t, err)
		require.Equal(t, want.balances[user], balance.Balance)

		payments, err := query.NewPaymentsOfUser(store).Ask(t.Context(), user, at)
		require.NoError(t, err)
		var paid []domain.PaymentID
		for _, p := range payments.Payments {
			paid = append(paid, p.PaymentID)
		}
		require.Equal(t, want.payments[user], paid)

		for _, limit := range []int{1, 3, query.MaxPageSize} {
			require.Equal(t, want.entries[user], everyEntry(t, store, user, limit))
		}
	}
}

// asOf tells what reservations are at a time by the clock.
func asOf(now time.Time, reservations []query.Reservation) []query.Reservation {
	all := make([]query.Reservation, len(reservations))
	for i, r := range reservations {
		if r.State == "held" && !now.Before(r.ExpiresAt) {
			r.State = "expired"
		}
		all[i] = r
	}
	return all
}

func orEmpty[T any](list []T) []T { return append([]T{}, list...) }

// everyEntry turns all pages of a wallet's entries.
func everyEntry(t *testing.T, store *query.Store, user domain.UserID, limit int) (ids []string) {
	t.Helper()
	page := query.Page{Limit: limit}
	for {
		answer, err := query.NewWalletEntries(store).Ask(t.Context(), user, page, 0)
		require.NoError(t, err)
		require.LessOrEqual(t, len(answer.Entries), limit)
		for _, e := range answer.Entries {
			ids = append(ids, e.EntryID)
		}
		if answer.Next == "" {
			return ids
		}
		page.Cursor = answer.Next
	}
}

// A client that is told "not modified" must lose nothing: answers with the same
// revision have the same content, at any time and on any instance.
func TestSameRevisionMeansSameContent(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		s := history.New(rapid.Uint64Range(1, 50).Draw(r, "seed"))
		s.Random(rapid.IntRange(20, 200).Draw(r, "events"))
		want := factsOf(r, s)
		log := history.NewLog(s.Events())
		bodies := make(map[string]string)
		same := func(question, revision, body string) {
			key := question + " " + revision
			if before, seen := bodies[key]; seen {
				require.Equal(r, before, body, key)
			}
			bodies[key] = body
		}
		for range 2 { // two instances, which read in pages of their own
			b := board.New(log, board.Options{})
			events := s.Events()
			for len(events) > 0 {
				n := rapid.IntRange(1, min(40, len(events))).Draw(r, "page")
				require.NoError(r, b.Apply(events[:n]))
				// An instance may be behind, so that the time is ahead of its events.
				log.Set(events[n-1].RecordedAt.Add(time.Duration(rapid.IntRange(0, 1_000).Draw(r, "ahead")) * time.Second))
				events = events[n:]
				for _, id := range want.concerts {
					askAll(r, b, id, want.dates[id], same)
				}
			}
		}
	})
}

// askAll asks everything about a concert that the board knows.
func askAll(r *rapid.T, b *board.Board, id domain.ConcertID, dates []string, same func(question, revision, body string)) {
	if _, known := b.Concert(id); !known {
		return
	}
	for _, all := range []bool{false, true} {
		list, err := query.NewDatesOfConcert(b).Ask(r.Context(), id, all, 0)
		require.NoError(r, err)
		body := ""
		for _, d := range list.Dates {
			body += string(d.PerformanceID) + d.Date + d.StartsAt.String() + string(rune(d.SeatsAvailable)) + string(rune(d.SeatsTotal))
		}
		same("dates of "+string(id), list.Revision, body)
	}
	for _, date := range dates {
		for _, free := range []bool{false, true} {
			list, err := query.NewSeatsOfDate(b).Ask(r.Context(), id, date, free, 0)
			if domain.CodeOf(err) == query.CodeDateNotFound {
				continue // not yet scheduled where this board stands
			}
			require.NoError(r, err)
			same("seats of "+string(id)+" on "+date, list.Revision, string(list.AppendJSON(nil)))
		}
	}
}
