package projections

import (
	"errors"
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/domain"
	"github.com/holdfast-dev/holdfast/domain/reservation"
	"github.com/holdfast-dev/holdfast/domain/seat"
	"github.com/holdfast-dev/holdfast/domain/wallet"
	"github.com/holdfast-dev/holdfast/eventstore"
)

func TestRejected(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		err  error
		want bool
	}{
		"nothing":            {nil, false},
		"a cut connection":   {io.ErrUnexpectedEOF, false},
		"a bad value":        {&pgconn.PgError{Code: "22P02"}, true},
		"a broken rule":      {fmt.Errorf("write: %w", &pgconn.PgError{Code: "23505"}), true},
		"a deadlock":         {&pgconn.PgError{Code: "40P01"}, false},
		"a missing table":    {&pgconn.PgError{Code: "42P01"}, false},
		"a stop":             {&pgconn.PgError{Code: "57P01"}, false},
		"no code":            {&pgconn.PgError{}, false},
		"tables that differ": {&inconsistentError{table: "seats", want: 2, got: 1}, true},
	} {
		require.Equal(t, c.want, Rejected(c.err), name)
	}
}

func TestExactly(t *testing.T) {
	t.Parallel()
	check := exactly(2, "seats")
	require.NoError(t, check(pgconn.NewCommandTag("UPDATE 2")))
	require.EqualError(t, check(pgconn.NewCommandTag("UPDATE 1")),
		"table seats has 1 of the 2 rows that are to be changed: it does not agree with the log, rebuild it")
}

func TestArrayText(t *testing.T) {
	t.Parallel()
	require.Equal(t, "{}", arrayText(nil))
	require.Equal(t, "{7}", arrayText([]int{7}))
	require.Equal(t, "{1,20,300}", arrayText([]int{1, 20, 300}))
}

func TestDefaults(t *testing.T) {
	t.Parallel()
	o := Options{}.withDefaults()
	require.Equal(t, 2_000, o.PageSize)
	require.Equal(t, 100*time.Millisecond, o.Pace)
	require.Equal(t, time.Second, o.Standby)
	require.Equal(t, 5*time.Second, o.StallLimit)
	require.Equal(t, 10*time.Second, o.MaxBackoff)
	require.NotNil(t, o.Logger)
	require.Equal(t, o, o.withDefaults(), "what is given stays")
}

func TestStatusTellsTheStory(t *testing.T) {
	t.Parallel()
	var box statusBox
	at := time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)
	bad := &BadEventError{Position: 8, Err: errors.New("odd")}

	box.looked(Checkpoint{Position: 5, EventAt: at, Stopped: "noted elsewhere"})
	require.Equal(t, Status{Position: 5, EventAt: at, Note: "noted elsewhere"}, box.read())
	box.moved(eventstore.Event{Position: 7, RecordedAt: at.Add(time.Second)})
	require.Equal(t, Status{Role: RoleWorking, Position: 7, EventAt: at.Add(time.Second), Steps: 1}, box.read())
	box.stopped(bad)
	require.Equal(t, bad, box.read().Stopped)
	require.Equal(t, bad.Error(), box.read().Note)
	require.Equal(t, eventstore.Position(7), box.read().Position)
	box.steppedBack()
	require.Equal(t, RoleStandby, box.read().Role)
	require.NoError(t, box.read().Err)
	require.NotNil(t, box.read().Stopped, "this program still does not understand it")
	box.looked(Checkpoint{Position: 7})
	require.NotNil(t, box.read().Stopped)
	box.looked(Checkpoint{Position: 9})
	require.Nil(t, box.read().Stopped, "another program did")
	box.failed(io.EOF)
	require.ErrorIs(t, box.read().Err, io.EOF)
	require.Equal(t, int64(3), Status{Head: 10, Position: 7}.Lag())
}

func encoded(t *testing.T, position eventstore.Position, e domain.Event) eventstore.Event {
	t.Helper()
	payload, err := domain.EncodeEvent(e)
	require.NoError(t, err)
	return eventstore.Event{Position: position, Type: e.Type(), Payload: payload, RecordedAt: time.Unix(0, 0).UTC()}
}

// pageOf returns an empty page by its own type.
func pageOf[P Page](t *testing.T, p Projection) P {
	t.Helper()
	page, is := p.NewPage().(P)
	require.True(t, is)
	return page
}

// statements returns how many statements write a page.
func statements(p Page) int {
	var b pgx.Batch
	p.Queue(&b)
	return b.Len()
}

func TestPageOfNothingWritesNothing(t *testing.T) {
	t.Parallel()
	for _, p := range All() {
		require.Zero(t, statements(p.NewPage()), p.Name)
	}
}

func TestSeatKeepsWhatTheLatestEventSays(t *testing.T) {
	t.Parallel()
	page := pageOf[*salesPage](t, Sales())
	for i, e := range []domain.Event{
		seat.Held{PerformanceID: "p", Seat: 1, ReservationID: "a", HoldMs: 1_000},
		seat.Released{PerformanceID: "p", Seat: 1, ReservationID: "a", Reason: seat.ReasonCancelled},
		seat.Held{PerformanceID: "p", Seat: 1, ReservationID: "b", HoldMs: 2_000},
		seat.Held{PerformanceID: "p", Seat: 2, ReservationID: "b", HoldMs: 2_000},
		seat.Sold{PerformanceID: "p", Seat: 2, ReservationID: "b"},
		seat.Held{PerformanceID: "q", Seat: 1, ReservationID: "c", HoldMs: 1},
		seat.Released{PerformanceID: "q", Seat: 1, ReservationID: "c", Reason: seat.ReasonExpired},
	} {
		require.NoError(t, page.Apply(encoded(t, eventstore.Position(i+1), e)))
	}
	require.Len(t, page.seats, 3)
	held, sold, free := page.seats[seatKey{"p", 1}], page.seats[seatKey{"p", 2}], page.seats[seatKey{"q", 1}]
	require.Equal(t, "held", held.stateName())
	require.Equal(t, domain.ReservationID("b"), held.ReservationID)
	require.Equal(t, time.Unix(2, 0).UTC(), *held.holdUntil())
	require.Equal(t, "sold", sold.stateName())
	require.Nil(t, sold.holdUntil())
	require.Equal(t, seat.StatusAvailable, free.Status)
	require.Equal(t, map[domain.PerformanceID]eventstore.Position{"p": 5, "q": 7}, page.revisions)
	require.Equal(t, 3, statements(page), "upsert, delete, revisions")
}

func TestReservationThatEndsInItsPageIsWrittenOnce(t *testing.T) {
	t.Parallel()
	page := pageOf[*reservationsPage](t, Reservations())
	for i, e := range []domain.Event{
		reservation.Held{ReservationID: "a", Seats: []int{1}, HoldMs: 1_000},
		reservation.Confirmed{ReservationID: "a", PaymentID: "pay"},
		reservation.Cancelled{ReservationID: "earlier"},
	} {
		require.NoError(t, page.Apply(encoded(t, eventstore.Position(i+1), e)))
	}
	require.Equal(t, reservation.StatusConfirmed, page.held["a"].state)
	require.Equal(t, domain.PaymentID("pay"), *page.held["a"].payment)
	require.Equal(t, time.Unix(1, 0).UTC(), page.held["a"].expiresAt)
	require.Equal(t, []reservationEnd{{"earlier", reservation.StatusCancelled, nil}}, page.ended)
	require.Equal(t, 2, statements(page))
}

func TestWalletKeepsItsLastBalance(t *testing.T) {
	t.Parallel()
	page := pageOf[*walletsPage](t, Wallets())
	for i, e := range []domain.Event{
		wallet.Charged{ChargeID: "c", UserID: "u", Amount: 5, Balance: 5},
		wallet.Charged{ChargeID: "d", UserID: "v", Amount: 1, Balance: 1},
		wallet.Debited{PaymentID: "p", UserID: "u", Amount: 2, Balance: 3},
	} {
		require.NoError(t, page.Apply(encoded(t, eventstore.Position(i+1), e)))
	}
	require.Len(t, page.entries, 3)
	require.Equal(t, map[domain.UserID]int{"u": 2, "v": 1}, page.latest)
	require.Equal(t, 2, statements(page))
}

func TestPagesRefuseWhatTheyCannotRead(t *testing.T) {
	t.Parallel()
	for _, p := range All() {
		for _, aggregate := range p.Categories {
			unknown := eventstore.Event{Type: aggregate + ".renamed.v7", Payload: []byte(`{}`)}
			page := p.NewPage()
			err := page.Apply(unknown)
			_, is := errors.AsType[*domain.UnknownTypeError](err)
			require.True(t, is, "%s: %v", p.Name, err)
			require.Zero(t, statements(page), "the page stands as it was")
		}
	}
	for wireType, p := range map[string]Projection{
		"concert.announced.v1": Sales(), "performance.scheduled.v1": Sales(), "seat.held.v1": Sales(), "admission.spent.v1": Sales(),
		"reservation.held.v1": Reservations(), "wallet.charged.v1": Wallets(), "reservation.confirmed.v1": Payments(),
	} {
		for _, payload := range []string{``, `null`, `[]`, `{"surprise":1}`, `{} {}`} {
			require.Error(t, p.NewPage().Apply(eventstore.Event{Type: wireType, Payload: []byte(payload)}), "%s %s", wireType, payload)
		}
	}
	require.Error(t, Sales().NewPage().Apply(eventstore.Event{Type: "wallet.charged.v1"}), "not one of its categories")
	require.ErrorContains(t, unfolded(seat.Sold{}), "seat.sold.v1 is not folded")
}
