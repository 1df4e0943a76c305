package projections_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/domain"
	"github.com/holdfast-dev/holdfast/eventstore"
	"github.com/holdfast-dev/holdfast/internal/pgtest"
	"github.com/holdfast-dev/holdfast/projections"
	"github.com/holdfast-dev/holdfast/projections/history"
)

// story is a history in which everything happens once.
type story struct {
	*history.Sale
	concert                               domain.ConcertID
	night                                 domain.PerformanceID
	paid, cancelled, expired, held        domain.ReservationID
	payment                               domain.PaymentID
	spent, givenUp                        domain.AdmissionID
	charge                                domain.ChargeID
	payer, canceller, forgetful, deciding domain.UserID
}

func tell(t *testing.T) *story {
	t.Helper()
	s := &story{Sale: history.New(41)}
	ok := func(done bool) { t.Helper(); require.True(t, done) }
	var done bool
	s.payer, s.canceller, s.forgetful, s.deciding = s.User(0), s.User(1), s.User(2), s.User(3)
	s.concert = s.Announce("Norma")                   // 1
	s.night = s.Schedule(s.concert, 10)               // 2
	s.charge = s.Charge(s.payer, 30_000)              // 3
	s.expired, done = s.Hold(s.forgetful, s.night, 4) // 4, 5
	ok(done)
	s.Pass(history.HoldLength)
	s.paid, done = s.Hold(s.payer, s.night, 1, 2) // 6, 7, 8
	ok(done)
	s.cancelled, done = s.Hold(s.canceller, s.night, 3) // 9, 10
	ok(done)
	s.held, done = s.Hold(s.deciding, s.night, 5, 6, 7) // 11, 12, 13, 14
	ok(done)
	ok(s.Expire(s.expired))   // 15, 16
	ok(s.Cancel(s.cancelled)) // 17, 18
	s.spent = s.Turn()
	s.payment, done = s.Pay(s.paid, s.spent) // 19, 20, 21, 22, 23
	ok(done)
	s.givenUp = s.GiveUp(s.canceller, s.concert) // 24
	return s
}

func TestSales(t *testing.T) {
	t.Parallel()
	s := tell(t)
	pool := connect(t, pgtest.New(t))
	build(t, pool, history.NewLog(s.Events()), 5)

	require.Equal(t, [][]string{
		{string(s.concert), "Norma", "Große Halle", "EUR", "100", "600", "2026-07-01 12:00:00+00", "1"},
	}, rowsOf(t, pool, `
		SELECT concert_id, title, venue, currency, queue_capacity, session_seconds, announced_at, position
		FROM holdfast_read.concerts`))
	require.Equal(t, [][]string{
		{string(s.night), string(s.concert), "2026-07-31 18:00:00+00", "Europe/Berlin", "2026-07-31", "10", "9000", "2", "22"},
	}, rowsOf(t, pool, `
		SELECT performance_id, concert_id, starts_at, time_zone, local_date, seat_count, seat_price, position, revision
		FROM holdfast_read.performances`))
	require.Equal(t, [][]string{
		{"1", "sold", string(s.paid), ""},
		{"2", "sold", string(s.paid), ""},
		{"5", "held", string(s.held), "2026-07-01 12:10:00+00"},
		{"6", "held", string(s.held), "2026-07-01 12:10:00+00"},
		{"7", "held", string(s.held), "2026-07-01 12:10:00+00"},
	}, rowsOf(t, pool, `SELECT seat, state, reservation_id, hold_until FROM holdfast_read.seats ORDER BY seat`))
	require.Equal(t, [][]string{
		{string(s.givenUp), string(s.concert), string(s.canceller), "given_up", "2026-07-01 12:05:00+00"},
		{string(s.spent), string(s.concert), string(s.payer), "spent", "2026-07-01 12:05:00+00"},
	}, rowsOf(t, pool, `
		SELECT admission_id, concert_id, user_id, outcome, over_at FROM holdfast_read.admissions ORDER BY outcome`))
}

func TestReservations(t *testing.T) {
	t.Parallel()
	s := tell(t)
	pool := connect(t, pgtest.New(t))
	build(t, pool, history.NewLog(s.Events()), 4)
	night, concert := string(s.night), string(s.concert)
	require.Equal(t, [][]string{
		{string(s.expired), string(s.forgetful), concert, night, "2026-07-31", "{4}", "9000", "expired", "2026-07-01 12:05:00+00", "", "4"},
		{string(s.paid), string(s.payer), concert, night, "2026-07-31", "{1,2}", "18000", "confirmed", "2026-07-01 12:10:00+00", string(s.payment), "6"},
		{string(s.cancelled), string(s.canceller), concert, night, "2026-07-31", "{3}", "9000", "cancelled", "2026-07-01 12:10:00+00", "", "9"},
		{string(s.held), string(s.deciding), concert, night, "2026-07-31", "{5,6,7}", "27000", "held", "2026-07-01 12:10:00+00", "", "11"},
	}, rowsOf(t, pool, `
		SELECT reservation_id, user_id, concert_id, performance_id, local_date, seats, price, state, expires_at, payment_id, position
		FROM holdfast_read.reservations ORDER BY position`))
}

func TestWallets(t *testing.T) {
	t.Parallel()
	s := tell(t)
	pool := connect(t, pgtest.New(t))
	build(t, pool, history.NewLog(s.Events()), 6)
	require.Equal(t, [][]string{{string(s.payer), "12000", "20"}},
		rowsOf(t, pool, `SELECT user_id, balance, position FROM holdfast_read.wallets`))
	require.Equal(t, [][]string{
		{string(s.payer), "3", string(s.charge), "charge", "30000", "30000", "2026-07-01 12:00:00+00"},
		{string(s.payer), "20", string(s.payment), "payment", "18000", "12000", "2026-07-01 12:05:00+00"},
	}, rowsOf(t, pool, `
		SELECT user_id, position, entry_id, kind, amount, balance, at FROM holdfast_read.wallet_entries ORDER BY position`))
}

func TestPayments(t *testing.T) {
	t.Parallel()
	s := tell(t)
	pool := connect(t, pgtest.New(t))
	build(t, pool, history.NewLog(s.Events()), 3)
	require.Equal(t, [][]string{{
		string(s.payment), string(s.paid), string(s.payer), string(s.night), "{1,2}", "18000", "12000", "2026-07-01 12:05:00+00", "19",
	}}, rowsOf(t, pool, `
		SELECT payment_id, reservation_id, user_id, performance_id, seats, amount, balance, paid_at, position
		FROM holdfast_read.payments`))
}

// counting notes which events it is given.
type counting struct{ types []string }

func (c *counting) Apply(e eventstore.Event) error {
	c.types = append(c.types, e.Type)
	return nil
}

func TestFoldTakesItsCategoriesOnly(t *testing.T) {
	t.Parallel()
	s := tell(t)
	var seen counting
	count, bad := projections.Fold("test", []string{"wallet", "admission"}, &seen, s.Events())
	require.Nil(t, bad)
	require.Equal(t, len(s.Events()), count)
	require.Equal(t, []string{"wallet.charged.v1", "wallet.debited.v1", "admission.spent.v1", "admission.given_up.v1"}, seen.types)
}

func TestFoldStopsAtWhatNobodyKnows(t *testing.T) {
	t.Parallel()
	var seen counting
	count, bad := projections.Fold("test", []string{"wallet"}, &seen, []eventstore.Event{
		{Position: 1, Type: "seat.held.v9"},
		{Position: 2, Type: "wallet.charged.v1"},
		{Position: 3, Stream: "s", Version: 4, Type: "charged"},
		{Position: 4, Type: "wallet.charged.v1"},
	})
	require.Equal(t, 2, count)
	require.Equal(t, `projection test stops at position 3: event charged of stream s, version 4: unknown event type "charged"`, bad.Error())
	require.Equal(t, []string{"wallet.charged.v1"}, seen.types)
}
