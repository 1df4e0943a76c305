package reactors_test

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/ThreeDotsLabs/watermill/message/router/middleware"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/trace"

	"github.com/holdfast-dev/holdfast/eventstore"
	"github.com/holdfast-dev/holdfast/reactors"
	"github.com/holdfast-dev/holdfast/relay/envelope"
)

func TestHandlersSeeTheirTypesInOrderAndOffsetsPassTheRest(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	j := &journal{t: t}
	h.run(quick, reactor("orderly", j.note(nil)))
	var want []eventstore.Position
	for range 40 {
		last := h.record(other, wanted, other, wanted, other)
		want = append(want, last-3, last-1)
	}
	h.eventually(func() bool { return j.count() == len(want) }, "every wanted event is handled")
	require.Equal(t, want, j.seen())
	head := h.record(other)
	h.eventually(func() bool { return h.offset("orderly") == head }, "the offset moves past what nobody wants")
	require.Equal(t, want, j.seen())
	require.Empty(t, h.letters())
}

func TestNewReactorsBeginWhereTheySay(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	old := h.record(wanted, wanted)
	fresh, all := &journal{t: t}, &journal{t: t}
	headOnly := reactor("head_only", fresh.note(nil))
	headOnly.From = reactors.FromHead
	h.run(quick, headOnly, reactor("from_the_start", all.note(nil)))
	next := h.record(wanted)
	h.eventually(func() bool { return fresh.count() == 1 && all.count() == 3 }, "both have caught up")
	require.Equal(t, []eventstore.Position{next}, fresh.seen())
	require.Equal(t, []eventstore.Position{old - 1, old, next}, all.seen())
}

func TestStoppedReactorsGoOnWhereTheyWere(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	j := &journal{t: t}
	_, stop := h.run(quick, reactor("steady", j.note(nil)))
	for range 30 {
		h.record(wanted)
	}
	h.eventually(func() bool { return j.count() > 3 }, "it works")
	stop() // in the middle
	for range 10 {
		h.record(wanted)
	}
	_, stop = h.run(quick, reactor("steady", j.note(nil)))
	h.eventually(func() bool { return j.count() >= 40 }, "it goes on")
	stop()
	want := make([]eventstore.Position, 40)
	for i := range want {
		want[i] = eventstore.Position(i + 1)
	}
	require.Equal(t, want, j.seen(), "an orderly stop delivers nothing twice")
}

func TestReactorsAreWokenByTheLog(t *testing.T) {
	t.Parallel()
	// Nobody polls within the time of this test.
	h := newHouse(t, eventstore.Options{AllowUnsafe: true, PollInterval: time.Hour})
	j := &journal{t: t}
	h.run(quick, reactor("woken", j.note(nil)))
	for n := range 5 {
		h.record(wanted)
		h.eventually(func() bool { return j.count() == n+1 }, "the notification wakes it")
	}
}

func TestMessagesCarryWhereTheyCameFrom(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	type heard struct {
		envelope.Envelope
		correlation string
		span        trace.SpanContext
	}
	got := make(chan heard, 1)
	h.run(quick, reactor("listener", func(msg *message.Message) error {
		e, err := envelope.Decode(msg)
		got <- heard{e, middleware.MessageCorrelationID(msg), trace.SpanContextFromContext(msg.Context())}
		return err
	}))
	position := h.record(wanted)
	e := <-got
	require.Equal(t, position, e.Position)
	require.Equal(t, wanted, e.Type)
	require.Equal(t, "thing-0", e.Stream)
	require.JSONEq(t, `{"n":1}`, string(e.Payload))
	require.Equal(t, "system:test", e.Metadata.Actor)
	require.False(t, e.Replay)
	require.Equal(t, "request-1", e.correlation)
	require.Equal(t, "0af7651916cd43dd8448eb211c80319c", e.span.TraceID().String())
}

// A poll that finds nothing takes no lock and writes nothing.
func TestIdlePollsWriteNothing(t *testing.T) {
	t.Parallel()
	h := newHouse(t, eventstore.Options{AllowUnsafe: true, PollInterval: time.Millisecond})
	counted := &countingLog{Log: h.log}
	head := h.record(other)
	pool, err := reactors.Connect(t.Context(), h.url, 1)
	require.NoError(t, err)
	t.Cleanup(pool.Close)
	runner, err := reactors.Open(t.Context(), pool, counted, quick, reactor("idle", func(*message.Message) error { return nil }))
	require.NoError(t, err)
	run(t, runner)
	h.eventually(func() bool { return h.offset("idle") == head }, "it has caught up")
	row := func() (xmin, xmax string) {
		require.NoError(t, h.pool.QueryRow(t.Context(), `
			SELECT xmin::text, xmax::text FROM holdfast_reactors.offsets WHERE reactor = 'idle'`).Scan(&xmin, &xmax))
		return xmin, xmax
	}
	min0, max0 := row()
	from := counted.waits.Load()
	h.eventually(func() bool { return counted.waits.Load() > from+50 }, "it polls")
	min1, max1 := row()
	require.Equal(t, min0, min1, "the row was written")
	require.Equal(t, max0, max1, "the row was locked")
}

func TestLongLogsOfNoInterestArePassedQuickly(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	const many = 35_000
	h.owner(`
		INSERT INTO holdfast.events (position, version, recorded_at, stream, type, payload, metadata)
		SELECT i AS position, i AS version, '2026-01-01', 'filler', 'filler.v1', '{}', '{}' FROM generate_series(1, $1) AS i`, many)
	j := &journal{t: t}
	h.run(quick, reactor("patient", j.note(nil)))
	h.eventually(func() bool { return h.offset("patient") == many }, "it has passed them")
	last := h.record(wanted)
	h.eventually(func() bool { return j.count() == 1 }, "it sees what comes after them")
	require.Equal(t, []eventstore.Position{last}, j.seen())
}

// countingLog counts how often it was waited for.
type countingLog struct {
	reactors.Log

	waits atomic.Int64
}
