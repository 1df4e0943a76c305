package eventstore_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/eventstore"
	"github.com/holdfast-dev/holdfast/internal/pgtest"
)

// patience bounds what a test waits for. It is reached only by a test that
// fails.
const patience = 30 * time.Second

// store is what one process has of the event store: a pool, a log, a writer.
type store struct {
	pool   *pgxpool.Pool
	log    *eventstore.Log
	writer *eventstore.Writer[state]
}

// settings are the options of a store under test.
type settings struct {
	log    eventstore.Options
	writer eventstore.WriterOptions
}

// newStore opens a store on a database of its own.
func newStore(t testing.TB) store {
	t.Helper()
	return openStore(t, pgtest.New(t), settings{})
}

// openStore opens a store on a database and closes it when the test ends.
func openStore(t testing.TB, databaseURL string, s settings) store {
	t.Helper()
	opened := openLog(t, databaseURL, s.log)
	writer, err := eventstore.NewWriter(opened.log, model(), s.writer)
	require.NoError(t, err)
	opened.writer = writer
	t.Cleanup(func() { require.NoError(t, closeWriter(t, writer)) })
	return opened
}

// openLog opens the reading side only.
func openLog(t testing.TB, databaseURL string, opts eventstore.Options) store {
	t.Helper()
	pool, err := eventstore.Connect(t.Context(), databaseURL, eventstore.RoleAppender)
	require.NoError(t, err)
	t.Cleanup(pool.Close)
	opts.AllowUnsafe = true
	log, err := eventstore.Open(t.Context(), pool, opts)
	require.NoError(t, err)
	t.Cleanup(log.Close)
	return store{pool: pool, log: log}
}

// openStores opens several stores on one database, as several processes do.
func openStores(t testing.TB, n int, s settings) []store {
	t.Helper()
	databaseURL := pgtest.New(t)
	stores := make([]store, n)
	for i := range stores {
		stores[i] = openStore(t, databaseURL, s)
	}
	return stores
}

// closeWriter closes a writer, in a clean-up too, where the test's own context
// has ended.
func closeWriter(t testing.TB, w *eventstore.Writer[state]) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), patience)
	defer cancel()
	return w.Close(ctx)
}

// owner connects as the owner of the database, who may do anything.
func owner(t testing.TB, databaseURL string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), databaseURL)
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close(context.WithoutCancel(t.Context())) })
	return conn
}

// urlOf returns the address behind a store's pool.
func urlOf(s store) string { return s.pool.Config().ConnString() }

// readAll returns the whole log.
func readAll(t testing.TB, log *eventstore.Log) []eventstore.Event {
	t.Helper()
	events, err := log.Read(t.Context(), 0, 10_000_000)
	require.NoError(t, err)
	return events
}

// head returns the end of the log.
func head(t testing.TB, log *eventstore.Log) eventstore.Head {
	t.Helper()
	h, err := log.Head(t.Context())
	require.NoError(t, err)
	return h
}

// note is an event that only counts, on a stream and under a tag.
func note(stream, text string, tag ...string) eventstore.NewEvent {
	payload, _ := json.Marshal(body{Text: text})
	return eventstore.NewEvent{Stream: stream, Type: noted, Tag: strings.Join(tag, ""), Payload: payload}
}

// appended appends one note to a stream wherever it stands.
func appended(ctx context.Context, s store, stream string) (eventstore.Receipt, error) {
	return s.writer.Append(ctx, eventstore.Commit{Events: []eventstore.NewEvent{note(stream, "")}})
}

// mustAppend appends notes to a stream wherever it stands.
func mustAppend(t testing.TB, s store, stream string, texts ...string) eventstore.Receipt {
	t.Helper()
	events := make([]eventstore.NewEvent, len(texts))
	for i, text := range texts {
		events[i] = note(stream, text)
	}
	receipt, err := s.writer.Append(t.Context(), eventstore.Commit{Events: events})
	require.NoError(t, err)
	return receipt
}

// eventually runs attempt until it reports success.
func eventually(t testing.TB, what string, attempt func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	pause := time.NewTicker(2 * time.Millisecond)
	defer pause.Stop()
	for !attempt() {
		select {
		case <-pause.C:
		case <-ctx.Done():
			t.Fatalf("waited %s for %s", patience, what)
		}
	}
}

// requireLength requires that the log has so many events.
func requireLength(t testing.TB, log *eventstore.Log, events int) {
	t.Helper()
	require.Equal(t, eventstore.Position(events), head(t, log).Position)
}
