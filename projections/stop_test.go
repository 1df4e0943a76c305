package projections_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/domain"
	"github.com/holdfast-dev/holdfast/eventstore"
	"github.com/holdfast-dev/holdfast/internal/pgtest"
	"github.com/holdfast-dev/holdfast/projections"
	"github.com/holdfast-dev/holdfast/projections/history"
)

// unreadable returns a history with an event in the middle that nobody can
// understand, and that event.
func unreadable(seed uint64, wireType, payload string) ([]eventstore.Event, eventstore.Event) {
	sale := history.New(seed)
	sale.Random(100)
	before := len(sale.Events())
	sale.Random(50)
	bad := eventstore.Event{
		Stream: "seat-x-1", Version: 7, Type: wireType, Payload: []byte(payload),
		Position: eventstore.Position(before + 1), RecordedAt: history.Start,
	}
	events := append(append([]eventstore.Event{}, sale.Events()[:before]...), bad)
	for _, e := range sale.Events()[before:] {
		e.Position++
		events = append(events, e)
	}
	return events, bad
}

func TestBadEventStopsItsProjectionOnly(t *testing.T) {
	t.Parallel()
	pool := connect(t, pgtest.New(t))
	events, bad := unreadable(31, "seat.painted.v1", `{}`)
	log := history.NewLog(events)
	runner, stop := run(t, pool, log, projections.All(), quick)

	eventually(t, func() bool { return statusOf(runner, projections.SalesName).Stopped != nil }, "sales stops")
	stopped := statusOf(runner, projections.SalesName)
	require.Equal(t, bad.Position, stopped.Stopped.Position)
	require.Equal(t, bad.Stream, stopped.Stopped.Stream)
	require.Equal(t, bad.Version, stopped.Stopped.Version)
	require.Equal(t, bad.Type, stopped.Stopped.Type)
	require.ErrorIs(t, stopped.Err, stopped.Stopped)
	_, unknown := errors.AsType[*domain.UnknownTypeError](stopped.Err)
	require.True(t, unknown)
	require.Equal(t, bad.Position-1, stopped.Position, "what came before it is in the tables")

	for _, name := range []string{projections.ReservationsName, projections.WalletsName, projections.PaymentsName} {
		eventually(t, reached(t, pool, name, eventstore.Position(len(events))), name)
		require.Nil(t, statusOf(runner, name).Stopped)
	}
	noted := func() string {
		checkpoint, err := projections.ReadCheckpoint(t.Context(), pool, projections.SalesName, projections.Live)
		require.NoError(t, err)
		return checkpoint.Stopped
	}
	eventually(t, func() bool { return noted() != "" }, "everybody can see it")
	require.Equal(t, fmt.Sprintf("projection sales stops at position %d: event seat.painted.v1 of stream seat-x-1, version 7: "+
		`unknown event type "seat.painted.v1"`, bad.Position), noted())
	require.Equal(t, noted(), statusOf(runner, projections.SalesName).Note)
	stop()

	// A program that understands the event goes on and clears the note.
	able := projections.Sales()
	newPage := able.NewPage
	able.NewPage = func() projections.Page { return skipping{newPage(), bad.Type} }
	run(t, pool, log, []projections.Projection{able}, quick)
	eventually(t, reached(t, pool, projections.SalesName, eventstore.Position(len(events))), "goes on")
	require.Empty(t, noted())
}

// skipping is a page that knows what to make of one more type: nothing.
type skipping struct {
	projections.Page
	wireType string
}

func (p skipping) Apply(e eventstore.Event) error {
	if e.Type == p.wireType {
		return nil
	}
	return p.Page.Apply(e)
}

func statusOf(runner *projections.Runner, name string) projections.Status {
	for _, status := range runner.Status() {
		if status.Projection == name {
			return status
		}
	}
	return projections.Status{}
}

func TestEventOfNoKnownAggregateStopsEverybody(t *testing.T) {
	t.Parallel()
	pool := connect(t, pgtest.New(t))
	events, bad := unreadable(32, "poster.printed.v1", `{}`)
	for _, p := range projections.All() {
		err := projections.Build(t.Context(), pool, p, projections.Live, history.NewLog(events), 1_000)
		requireBad(t, err, bad)
	}
}

func requireBad(t *testing.T, err error, want eventstore.Event) {
	t.Helper()
	bad, is := errors.AsType[*projections.BadEventError](err)
	require.True(t, is, "%v", err)
	require.Equal(t, want.Position, bad.Position)
	require.Equal(t, want.Stream, bad.Stream)
	require.Equal(t, want.Version, bad.Version)
	require.Equal(t, want.Type, bad.Type)
}

// Some events can be read, but the tables cannot take them: the page is taken
// apart until the event is found.
func TestEventThatTheTablesRejectIsFound(t *testing.T) {
	t.Parallel()
	const user = "00000000-0000-4000-8000-000000000001"
	cases := map[string]struct {
		projection        projections.Projection
		wireType, payload string
	}{
		"an id that is none": {
			projections.Wallets(), "wallet.charged.v1",
			`{"chargeId":"17","userId":"` + user + `","amount":1,"balance":1}`,
		},
		"a balance below zero": {
			projections.Wallets(), "wallet.charged.v1",
			`{"chargeId":"` + user + `","userId":"` + user + `","amount":1,"balance":-1}`,
		},
		"a seat of no performance": {
			projections.Sales(), "seat.released.v1",
			`{"performanceId":"` + user + `","seat":1,"reservationId":"` + user + `","reason":"expired"}`,
		},
		"the end of no reservation": {
			projections.Reservations(), "reservation.expired.v1",
			`{"reservationId":"` + user + `","userId":"` + user + `","concertId":"` + user + `","performanceId":"` + user +
				`","date":"2026-08-01","seats":[1],"price":1,"expiresAt":"2026-07-01T00:00:00Z"}`,
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			pool := connect(t, pgtest.New(t))
			events, bad := unreadable(33, c.wireType, c.payload)
			err := projections.Build(t.Context(), pool, c.projection, projections.Live, history.NewLog(events), 70)
			requireBad(t, err, bad)
			checkpoint, err := projections.ReadCheckpoint(t.Context(), pool, c.projection.Name, projections.Live)
			require.NoError(t, err)
			require.Equal(t, bad.Position-1, checkpoint.Position)
		})
	}
}

// failing is a page whose last statement fails when the others have run.
type failing struct{ projections.Page }

func (p failing) Queue(b *pgx.Batch) {
	p.Page.Queue(b)
	b.Queue(`SELECT pg_terminate_backend(pg_backend_pid())`)
}

func TestRowsAndCheckpointAreOneTransaction(t *testing.T) {
	t.Parallel()
	pool := connect(t, pgtest.New(t))
	sale := history.New(34)
	sale.Random(200)
	log := history.NewLog(sale.Events())
	for _, p := range projections.All() {
		require.NoError(t, projections.Build(t.Context(), pool, p, projections.Live, history.NewLog(sale.Events()[:100]), 100))
	}
	before := digests(t, pool, projections.Live)
	for _, p := range projections.All() {
		newPage := p.NewPage
		p.NewPage = func() projections.Page { return failing{newPage()} }
		require.Error(t, projections.Build(t.Context(), pool, p, projections.Live, log, 100))
	}
	require.Equal(t, before, digests(t, pool, projections.Live))
	build(t, pool, log, 100)
	require.NotEqual(t, before, digests(t, pool, projections.Live))
}

func TestTablesOfAnotherVersionAreLeftAlone(t *testing.T) {
	t.Parallel()
	pool := connect(t, pgtest.New(t))
	sale := history.New(35)
	sale.Random(20)
	next := projections.Sales()
	next.Version++
	runner, _ := run(t, pool, history.NewLog(sale.Events()), []projections.Projection{next}, quick)
	eventually(t, func() bool { return runner.Status()[0].Err != nil }, "shown")
	require.ErrorContains(t, runner.Status()[0].Err, "version 1, this program's is 2")
	require.True(t, reached(t, pool, projections.SalesName, 0)())

	tx, err := projections.Seize(t.Context(), pool, next, 0, 0)
	require.ErrorContains(t, err, "another version")
	require.NoError(t, tx.Rollback(t.Context()))
}

// A log that was restored from an older copy is not gone on with, neither while
// it is shorter nor when it has grown again.
func TestTablesAheadOfTheLogAreNoticed(t *testing.T) {
	t.Parallel()
	pool := connect(t, pgtest.New(t))
	sale, other := history.New(36), history.New(37)
	sale.Random(100)
	other.Pass(time.Hour)
	other.Random(200)
	build(t, pool, history.NewLog(sale.Events()), 100)
	end := len(sale.Events())
	for says, events := range map[string][]eventstore.Event{
		fmt.Sprintf("position %d is beyond the end of the log", end):             sale.Events()[:end-50],
		fmt.Sprintf("the event at position %d was recorded at 2026-07-01T", end): other.Events(),
	} {
		err := projections.Build(t.Context(), pool, projections.Sales(), projections.Live, history.NewLog(events), 100)
		require.ErrorIs(t, err, projections.ErrAhead)
		require.ErrorContains(t, err, says)
		require.ErrorContains(t, err, "projections rebuild --all --fresh --swap always")
	}
}

func TestPlaceWithoutABuild(t *testing.T) {
	t.Parallel()
	pool := connect(t, pgtest.New(t))
	err := projections.Build(t.Context(), pool, projections.Sales(), "nowhere", history.NewLog(nil), 1)
	require.ErrorIs(t, err, projections.ErrNotBuilt)
	require.True(t, strings.HasPrefix(err.Error(), "sales in nowhere"), err.Error())
}
