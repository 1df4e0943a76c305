package reactors_test

import (
	"context"
	"fmt"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/eventstore"
	"github.com/holdfast-dev/holdfast/internal/pgtest"
	"github.com/holdfast-dev/holdfast/reactors"
	"github.com/holdfast-dev/holdfast/relay/envelope"
)

func TestMain(m *testing.M) {
	if database := os.Getenv(childDatabase); database != "" {
		os.Exit(child(database))
	}
	pgtest.Main(m, eventstore.Migrate, reactors.Migrate)
}

// patience bounds what a test waits for. It is reached only by a test that
// fails.
const patience = 20 * time.Second

// Wire types of the tests.
const (
	wanted = "thing.wanted.v1"
	other  = "thing.other.v1"
)

// nothing is the state of streams that nobody decides on.
type nothing struct{}

func (nothing) Window(time.Time) (from, until time.Time) { return from, until }

// house is a database with its log and a writer.
type house struct {
	t      *testing.T
	url    string
	log    *eventstore.Log
	writer *eventstore.Writer[nothing]
	// pool acts as the reactors do.
	pool *pgxpool.Pool
}

func newHouse(t *testing.T, opts ...eventstore.Options) *house {
	t.Helper()
	return openHouse(t, pgtest.New(t), opts...)
}

func openHouse(t *testing.T, url string, opts ...eventstore.Options) *house {
	t.Helper()
	pool, err := eventstore.Connect(t.Context(), url, eventstore.RoleAppender)
	require.NoError(t, err)
	t.Cleanup(pool.Close)
	options := eventstore.Options{AllowUnsafe: true, PollInterval: 20 * time.Millisecond}
	if len(opts) > 0 {
		options = opts[0]
	}
	log, err := eventstore.Open(t.Context(), pool, options)
	require.NoError(t, err)
	t.Cleanup(log.Close)
	model := eventstore.Model[nothing]{Fold: func(nothing, eventstore.Event) (nothing, error) { return nothing{}, nil }}
	writer, err := eventstore.NewWriter(log, model, eventstore.WriterOptions{})
	require.NoError(t, err)
	t.Cleanup(func() {
		require.NoError(t, writer.Close(context.WithoutCancel(t.Context())))
	})
	reacting, err := reactors.Connect(t.Context(), url, 2)
	require.NoError(t, err)
	t.Cleanup(reacting.Close)
	return &house{t: t, url: url, log: log, writer: writer, pool: reacting}
}

// record appends one event of each type, in one commit, and returns the last
// position.
func (h *house) record(types ...string) eventstore.Position {
	h.t.Helper()
	events := make([]eventstore.NewEvent, len(types))
	for i, name := range types {
		events[i] = eventstore.NewEvent{Stream: fmt.Sprintf("thing-%d", i%7), Type: name, Payload: []byte(`{"n":1}`)}
	}
	receipt, err := h.writer.Append(h.t.Context(), eventstore.Commit{Events: events, Metadata: eventstore.Metadata{
		Actor: "system:test", Command: "record", Correlation: "request-1",
		TraceParent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
	}})
	require.NoError(h.t, err)
	return receipt.Position()
}

// quick is a configuration for tests that wait for what takes seconds
// otherwise.
var quick = reactors.Options{
	Pace: time.Millisecond, Standby: 20 * time.Millisecond, Patience: patience, MaxBackoff: 50 * time.Millisecond,
}

// reactor is one that gives up soon.
func reactor(name string, handle message.NoPublishHandlerFunc) reactors.Reactor {
	return reactors.Reactor{
		Name: name, Types: []string{wanted}, From: reactors.FromBeginning, Handle: handle,
		Tries: 3, FirstPause: time.Millisecond, LongestPause: 2 * time.Millisecond,
	}
}

// run runs reactors as an instance of their own until stop is called or the
// test ends. Stop returns when they have stopped.
func (h *house) run(opts reactors.Options, all ...reactors.Reactor) (runner *reactors.Runner, stop func()) {
	h.t.Helper()
	pool, err := reactors.Connect(h.t.Context(), h.url, len(all))
	require.NoError(h.t, err)
	runner, err = reactors.Open(h.t.Context(), pool, h.log, opts, all...)
	require.NoError(h.t, err)
	ctx, cancel := context.WithCancel(context.WithoutCancel(h.t.Context()))
	ended := make(chan error, 1)
	go func() { ended <- runner.Run(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		require.NoError(h.t, <-ended)
		pool.Close()
	})
	h.t.Cleanup(stop)
	return runner, stop
}

// offset is where a reactor stands.
func (h *house) offset(name string) eventstore.Position {
	h.t.Helper()
	all, err := reactors.ReadStatus(h.t.Context(), h.pool)
	require.NoError(h.t, err)
	for _, s := range all {
		if s.Reactor == name {
			return s.Position
		}
	}
	return -1
}

// letters are all dead letters.
func (h *house) letters() []reactors.DeadLetter {
	h.t.Helper()
	all, err := reactors.Letters(h.t.Context(), h.pool, reactors.Filter{})
	require.NoError(h.t, err)
	return all
}

// owner runs a statement as the owner of the database, who may do anything.
func (h *house) owner(sql string, args ...any) {
	h.t.Helper()
	conn, err := pgx.Connect(h.t.Context(), h.url)
	require.NoError(h.t, err)
	defer func() { _ = conn.Close(context.WithoutCancel(h.t.Context())) }()
	_, err = conn.Exec(h.t.Context(), sql, args...)
	require.NoError(h.t, err)
}

// eventually waits for a condition that the test's subject brings about.
func (h *house) eventually(condition func() bool, what string) {
	h.t.Helper()
	require.Eventually(h.t, condition, patience, 2*time.Millisecond, what)
}

// positionOf is the position of a message's event.
func positionOf(t *testing.T, msg *message.Message) eventstore.Position {
	t.Helper()
	e, err := envelope.Decode(msg)
	require.NoError(t, err)
	return e.Position
}

// journal notes what a handler was called with.
type journal struct {
	t       *testing.T
	mu      sync.Mutex
	calls   []eventstore.Position
	running int
	most    int
}

// note is a handler that notes the event and then does what it is told.
func (j *journal) note(then func(msg *message.Message, position eventstore.Position) error) message.NoPublishHandlerFunc {
	return func(msg *message.Message) error {
		position := positionOf(j.t, msg)
		j.mu.Lock()
		j.calls = append(j.calls, position)
		j.running++
		j.most = max(j.most, j.running)
		j.mu.Unlock()
		defer func() {
			j.mu.Lock()
			j.running--
			j.mu.Unlock()
		}()
		if then == nil {
			return nil
		}
		return then(msg, position)
	}
}

// seen returns the events of all calls so far, in order.
func (j *journal) seen() []eventstore.Position {
	j.mu.Lock()
	defer j.mu.Unlock()
	return slices.Clone(j.calls)
}

func (j *journal) count() int { return len(j.seen()) }

// times is how often the handler was called with an event.
func (j *journal) times(position eventstore.Position) int {
	n := 0
	for _, p := range j.seen() {
		if p == position {
			n++
		}
	}
	return n
}

// mostAtOnce is how many calls overlapped.
func (j *journal) mostAtOnce() int {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.most
}
