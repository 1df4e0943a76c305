package query_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/domain"
	"github.com/holdfast-dev/holdfast/projections/history"
	"github.com/holdfast-dev/holdfast/query"
)

func TestReservations(t *testing.T) {
	t.Parallel()
	s := history.New(1)
	night := s.Schedule(s.Announce("Norma"), 10)
	user, other := s.User(0), s.User(1)
	s.Charge(user, 18_000)
	overdue, _ := s.Hold(user, night, 1)
	s.Pass(time.Minute)
	paid, _ := s.Hold(user, night, 3, 4)
	held, _ := s.Hold(user, night, 5)
	foreign, _ := s.Hold(other, night, 6)
	payment, ok := s.Pay(paid, "")
	require.True(t, ok)
	s.Pass(history.HoldLength - time.Second)
	pool := tables(t, history.NewLog(s.Events()))
	settle(t, pool, s.Now())
	store := query.NewStore(pool)

	list, err := query.NewReservationsOfUser(store).Ask(t.Context(), user, position(s))
	require.NoError(t, err)
	require.Len(t, list.Reservations, 3)
	var ids []domain.ReservationID
	var states []string
	for _, r := range list.Reservations {
		ids, states = append(ids, r.ReservationID), append(states, r.State)
	}
	require.Equal(t, []domain.ReservationID{held, paid, overdue}, ids, "the latest first")
	require.Equal(t, []string{"held", "confirmed", "expired"}, states, "the clock has ended the first one")

	one := query.NewReservationOfUser(store)
	got, revision, err := one.Ask(t.Context(), user, paid, 0)
	require.NoError(t, err)
	require.NotEmpty(t, revision)
	require.Equal(t, list.Reservations[1], got)
	require.WithinDuration(t, time.Now().Add(time.Second), got.ExpiresAt, time.Minute)
	got.ExpiresAt = time.Time{}
	require.Equal(t, query.Reservation{
		ReservationID: paid, UserID: user, PerformanceID: night, Date: "2026-07-31", Seats: []int{3, 4},
		Price: 18_000, State: "confirmed", PaymentID: payment,
	}, got)

	_, _, err = one.Ask(t.Context(), user, foreign, 0)
	requireCode(t, domain.CodeReservationNotFound, err)
	absent := err.Error()
	_, _, err = one.Ask(t.Context(), user, nobody, 0)
	require.EqualError(t, err, absent, "another user's looks like none")

	none, err := query.NewReservationsOfUser(store).Ask(t.Context(), nobody, 0)
	require.NoError(t, err)
	require.Empty(t, none.Reservations)
	require.NotEqual(t, none.Revision, list.Revision)
}

// The moment a hold ends, its answer and the revision of that change.
func TestReservationExpiresByTheStoresClock(t *testing.T) {
	t.Parallel()
	s := history.New(1)
	night := s.Schedule(s.Announce("Norma"), 10)
	id, _ := s.Hold(s.User(0), night, 1)
	pool := tables(t, history.NewLog(s.Events()))
	store := query.NewStore(pool)
	settle(t, pool, s.Now())
	one := query.NewReservationOfUser(store)
	held, before, err := one.Ask(t.Context(), s.User(0), id, 0)
	require.NoError(t, err)
	require.Equal(t, "held", held.State)
	due, err := query.NewDueHolds(store).Ask(t.Context(), 10)
	require.NoError(t, err)
	require.Empty(t, due)

	_, err = pool.Exec(t.Context(), `UPDATE holdfast_read.reservations SET expires_at = clock_timestamp()`)
	require.NoError(t, err)
	expired, after, err := one.Ask(t.Context(), s.User(0), id, 0)
	require.NoError(t, err)
	require.Equal(t, "expired", expired.State)
	require.NotEqual(t, before, after)
}

func TestDueHolds(t *testing.T) {
	t.Parallel()
	s := history.New(1)
	night := s.Schedule(s.Announce("Norma"), 10)
	var due []domain.ReservationID
	for seat := range 3 {
		id, _ := s.Hold(s.User(seat), night, seat+1)
		due = append(due, id)
		s.Pass(time.Second)
	}
	cancelled, _ := s.Hold(s.User(4), night, 4)
	s.Cancel(cancelled)
	s.Pass(history.HoldLength)
	s.Hold(s.User(5), night, 5)
	pool := tables(t, history.NewLog(s.Events()))
	settle(t, pool, s.Now())
	question := query.NewDueHolds(query.NewStore(pool))

	found, err := question.Ask(t.Context(), 10)
	require.NoError(t, err)
	require.Equal(t, due, found, "the longest past first")
	found, err = question.Ask(t.Context(), 2)
	require.NoError(t, err)
	require.Equal(t, due[:2], found)
}

func TestWallet(t *testing.T) {
	t.Parallel()
	s := history.New(1)
	s.Charge(s.User(0), 500)
	s.Charge(s.User(0), 700)
	pool := tables(t, history.NewLog(s.Events()))
	question := query.NewWalletOfUser(query.NewStore(pool))

	wallet, err := question.Ask(t.Context(), s.User(0), position(s))
	require.NoError(t, err)
	require.Equal(t, domain.Money(1_200), wallet.Balance)
	require.Equal(t, s.User(0), wallet.UserID)
	empty, err := question.Ask(t.Context(), s.User(1), 0)
	require.NoError(t, err)
	require.Equal(t, query.Wallet{UserID: s.User(1), Revision: empty.Revision}, empty, "a wallet that was never charged is empty")
	require.NotEqual(t, wallet.Revision, empty.Revision)
}

func TestWalletEntries(t *testing.T) {
	t.Parallel()
	s := history.New(1)
	night := s.Schedule(s.Announce("Norma"), 10)
	user := s.User(0)
	var want []string
	for n := range 5 {
		want = append(want, string(s.Charge(user, domain.Money(10_000+n))))
		s.Charge(s.User(1), 1)
	}
	reservation, _ := s.Hold(user, night, 1)
	payment, _ := s.Pay(reservation, "")
	want = append(want, string(payment))
	log := history.NewLog(s.Events())
	question := query.NewWalletEntries(query.NewStore(tables(t, log)))

	first, err := question.Ask(t.Context(), user, query.Page{Limit: 4}, position(s))
	require.NoError(t, err)
	require.Len(t, first.Entries, 4)
	latest := first.Entries[0]
	require.Equal(t, "payment", latest.Kind)
	require.Equal(t, domain.Money(9_000), latest.Amount)
	require.Equal(t, domain.Money(41_010), latest.Balance)
	require.Equal(t, s.Now(), latest.At)
	require.Equal(t, "charge", first.Entries[1].Kind)

	// What is added meanwhile shifts nothing.
	seen := len(s.Events())
	s.Charge(user, 1)
	log.Append(s.Events()[seen:]...)
	second, err := question.Ask(t.Context(), user, query.Page{Limit: 4, Cursor: first.Next}, position(s))
	require.NoError(t, err)
	require.Empty(t, second.Next)
	require.NotEqual(t, first.Revision, second.Revision)
	var got []string
	for _, e := range append(first.Entries, second.Entries...) {
		got = append([]string{e.EntryID}, got...)
	}
	require.Equal(t, want, got)

	exact, err := question.Ask(t.Context(), user, query.Page{Limit: 7}, 0)
	require.NoError(t, err)
	require.Len(t, exact.Entries, 7)
	require.Empty(t, exact.Next, "no page follows a full last one")
	none, err := question.Ask(t.Context(), s.User(2), query.Page{}, 0)
	require.NoError(t, err)
	require.Empty(t, none.Entries)
}

func TestWalletEntriesRefusesPagesThatCannotBe(t *testing.T) {
	t.Parallel()
	question := query.NewWalletEntries(nil)
	for _, page := range []query.Page{
		{Limit: -1},
		{Limit: query.MaxPageSize + 1},
		{Cursor: "?"},
		{Cursor: "AA"},
		{Cursor: "AQ"},
		{Cursor: "AQA"},
		{Cursor: "AgE"},
		{Cursor: "AQEB"},
		{Cursor: "AQH"},
		{Cursor: "Af____________AQ"},
	} {
		_, err := question.Ask(t.Context(), nobody, page, 0)
		requireCode(t, domain.CodeInvalidRequest, err)
	}
}

func TestPayments(t *testing.T) {
	t.Parallel()
	s := history.New(1)
	night := s.Schedule(s.Announce("Norma"), 10)
	user := s.User(0)
	s.Charge(user, 30_000)
	first, _ := s.Hold(user, night, 1, 2)
	firstPayment, _ := s.Pay(first, "")
	second, _ := s.Hold(user, night, 3)
	secondPayment, ok := s.Pay(second, s.Turn())
	require.True(t, ok)
	store := query.NewStore(tables(t, history.NewLog(s.Events())))

	list, err := query.NewPaymentsOfUser(store).Ask(t.Context(), user, position(s))
	require.NoError(t, err)
	require.Equal(t, []query.Payment{
		{
			PaymentID: secondPayment, ReservationID: second, PerformanceID: night, Seats: []int{3},
			Amount: 9_000, Balance: 3_000, PaidAt: s.Now(),
		},
		{
			PaymentID: firstPayment, ReservationID: first, PerformanceID: night, Seats: []int{1, 2},
			Amount: 18_000, Balance: 12_000, PaidAt: s.Now(),
		},
	}, list.Payments)

	one := query.NewPaymentOfUser(store)
	got, revision, err := one.Ask(t.Context(), user, firstPayment, 0)
	require.NoError(t, err)
	require.Equal(t, list.Payments[1], got)
	require.NotEqual(t, list.Revision, revision)
	_, _, err = one.Ask(t.Context(), s.User(1), firstPayment, 0)
	requireCode(t, query.CodePaymentNotFound, err)
	absent := err.Error()
	_, _, err = one.Ask(t.Context(), user, nobody, 0)
	require.EqualError(t, err, absent)
}
