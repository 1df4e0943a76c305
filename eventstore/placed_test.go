package eventstore_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/eventstore"
	"github.com/holdfast-dev/holdfast/internal/pgtest"
)

const (
	beginPlaced = `SELECT at FROM holdfast.begin_placed_append($1, $2, $3, $4, $5, $6, $7, $8)`
	endPlaced   = `SELECT holdfast.end_placed_append($1, $2, $3)`
)

// threeEvents is a log with an event of the stream "known", and two behind it of
// "changed" and "begun", of which one is tagged "changed tag"; and when the
// first was recorded.
func threeEvents(t *testing.T) (conn *pgx.Conn, known time.Time) {
	t.Helper()
	conn = owner(t, pgtest.New(t))
	rows, err := conn.Query(t.Context(), `
		INSERT INTO holdfast.events (position, version, recorded_at, stream, type, tag, payload, metadata)
		SELECT n, v, now() + n * interval '1 hour', s, 'noted.v1', t, '{}', '{}'
		FROM (VALUES (1, 1, 'known', 'known tag'), (2, 1, 'changed', 'changed tag'), (3, 1, 'begun', NULL)) AS e(n, v, s, t)
		RETURNING recorded_at`)
	require.NoError(t, err)
	times, err := pgx.CollectRows(rows, pgx.RowTo[time.Time])
	require.NoError(t, err)
	_, err = conn.Exec(t.Context(), `SET ROLE holdfast_appender`)
	require.NoError(t, err)
	return conn, times[0]
}

func TestAGroupIsPlacedUnlessItsGroundHasChanged(t *testing.T) {
	t.Parallel()
	const moved, notEmpty = "ZL001", "ZL003"
	conn, known := threeEvents(t)
	other := known.Add(-time.Microsecond)
	for _, test := range []struct {
		name          string
		head          int64
		at            *time.Time
		empty         []string
		streams, tags []string
		code          string
	}{
		{name: "relies on nothing", head: 1, at: &known},
		{name: "relies on what has not changed", head: 1, at: &known, streams: []string{"known", "new"}, tags: []string{"known tag", "new"}},
		{name: "a tag is no stream, and a stream no tag", head: 1, at: &known, streams: []string{"changed tag"}, tags: []string{"changed"}},
		{name: "relies on a stream that has changed", head: 1, at: &known, streams: []string{"known", "changed"}, code: moved},
		{name: "relies on a tag that has changed", head: 1, at: &known, tags: []string{"known tag", "changed tag"}, code: moved},
		{name: "knows the change", head: 2, at: timeOf(known, 1), streams: []string{"changed"}, tags: []string{"changed tag"}},
		{name: "knew an empty log", streams: []string{"new"}},
		{name: "knew an empty log, of which all has changed", streams: []string{"known"}, code: moved},
		{name: "knew another past", head: 1, at: &other, code: moved},
		{name: "knew no past", head: 1, code: moved},
		{name: "knew more than there is", head: 4, at: timeOf(known, 3), code: moved},
		{name: "knew as much of another past", head: 3, at: &other, code: moved},
		{name: "presumes what is not so", head: 1, at: &known, empty: []string{"begun"}, code: notEmpty},
	} {
		for _, writing := range []bool{true, false} {
			require.Equal(t, test.code, appending(t, conn, beginPlaced, writing, test.head, test.at, []uuid.UUID{},
				append([]string{}, test.empty...), []string{}, append([]string{}, test.streams...), append([]string{}, test.tags...)),
				"%s, writing: %t", test.name, writing)
		}
	}
}

func timeOf(known time.Time, hours int) *time.Time {
	at := known.Add(time.Duration(hours) * time.Hour)
	return &at
}

// What lies too far back is refused rather than searched.
func TestAGroupIsNotPlacedFarBehind(t *testing.T) {
	t.Parallel()
	conn := owner(t, pgtest.New(t))
	_, err := conn.Exec(t.Context(), `
		INSERT INTO holdfast.events (position, version, stream, type, payload, metadata)
		SELECT n, n AS version, 's', 'noted.v1', '{}', '{}' FROM generate_series(1, 5001) AS n`)
	require.NoError(t, err)
	var known time.Time
	require.NoError(t, conn.QueryRow(t.Context(), `SELECT recorded_at FROM holdfast.events WHERE position = 1`).Scan(&known))
	place := func(head int64, at *time.Time) string {
		return appending(t, conn, beginPlaced, false, head, at, []uuid.UUID{}, []string{}, []string{}, []string{"new"}, []string{})
	}
	require.Empty(t, place(1, &known))
	require.Equal(t, "ZL001", place(0, nil))
}

// begin places the group in an open transaction, relying on nothing.
func begin(t *testing.T, conn *pgx.Conn, known time.Time) {
	t.Helper()
	_, err := conn.Exec(t.Context(), `BEGIN`)
	require.NoError(t, err)
	_, err = conn.Exec(t.Context(), beginPlaced, true, 1, known, []uuid.UUID{}, []string{}, []string{}, []string{}, []string{})
	require.NoError(t, err)
}

const placedEvent = `INSERT INTO holdfast.events (version, recorded_at, stream, type, payload, metadata)
	VALUES (1, now() + '9 hours', $1, 'noted.v1', '{}', '{}') RETURNING position`

func TestPlacedEventsGetThePositionsBehindTheLog(t *testing.T) {
	t.Parallel()
	conn, known := threeEvents(t)
	for attempt := range 3 { // what is rolled back leaves no gap
		begin(t, conn, known)
		for n := range 2 {
			var position int64
			require.NoError(t, conn.QueryRow(t.Context(), placedEvent, fmt.Sprint("s", n)).Scan(&position))
			require.EqualValues(t, 4+n, position, "attempt %d", attempt)
		}
		var at *time.Time
		require.NoError(t, conn.QueryRow(t.Context(), endPlaced, 2, nil, nil).Scan(&at))
		_, err := conn.Exec(t.Context(), `ROLLBACK`)
		require.NoError(t, err)
	}
}

func TestAPlacedGroupIsJudgedAtItsEnd(t *testing.T) {
	t.Parallel()
	conn, known := threeEvents(t)
	soon, late := known.Add(time.Hour), known.Add(20*time.Hour)
	for _, test := range []struct {
		name        string
		added       int
		from, until *time.Time
		code        string
		before      string
	}{
		{name: "in its span", added: 1, from: &soon, until: &late},
		{name: "too early", added: 1, from: &late, code: "ZL004"},
		{name: "too late", added: 1, until: &soon, code: "ZL004"},
		{name: "somebody has used the sequence", added: 1, before: `SELECT nextval('holdfast.positions')`, code: "P0001"},
	} {
		begin(t, conn, known)
		if test.before != "" {
			_, err := conn.Exec(t.Context(), test.before)
			require.NoError(t, err)
		}
		_, err := conn.Exec(t.Context(), placedEvent, "s")
		require.NoError(t, err)
		_, err = conn.Exec(t.Context(), endPlaced, test.added, test.from, test.until)
		require.Equal(t, test.code, sqlState(err), "%s: %v", test.name, err)
		_, err = conn.Exec(t.Context(), `ROLLBACK`)
		require.NoError(t, err)
	}
}

// ways counts the groups of a writer by how they were written.
type ways struct {
	mu    sync.Mutex
	count map[eventstore.Way]int
}

func (w *ways) observe(g eventstore.GroupStats) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.count == nil {
		w.count = map[eventstore.Way]int{}
	}
	w.count[g.Way]++
}

func (w *ways) of(way eventstore.Way) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.count[way]
}

// pair is two writers on one log, and how the first has written.
func pair(t *testing.T) (a, b store, seen *ways) {
	t.Helper()
	databaseURL := pgtest.New(t)
	seen = &ways{}
	a = openStore(t, databaseURL, settings{writer: eventstore.WriterOptions{OnGroup: seen.observe}})
	return a, openStore(t, databaseURL, settings{}), seen
}

// Writers that keep apart do not wait for each other's decisions, and both know
// at once what the other has done.
func TestWritersThatKeepApartArePlaced(t *testing.T) {
	t.Parallel()
	a, b, seen := pair(t)
	mustAppend(t, a, "shared", "a knows it")
	mustAppend(t, a, "s", "a is at home")
	mustAppend(t, b, "shared", "b changes it")
	mustAppend(t, a, "s", "and a finds company")
	const turns = 20
	locked := seen.of(eventstore.Locked)
	for turn := range turns {
		mustAppend(t, b, "shared", "b changes it again")
		mustAppend(t, a, "s", "a goes on")
		revision, known := a.writer.Revision("shared", false)
		require.True(t, known)
		require.EqualValues(t, 3+turn, revision)
	}
	require.GreaterOrEqual(t, seen.of(eventstore.Placed), turns-2)
	require.LessOrEqual(t, seen.of(eventstore.Locked)-locked, 2)
	requireLength(t, a.log, 4+2*turns)
}

// What others change all the time is decided under the lock, and only tried
// otherwise once in a while.
func TestWritersThatMeetAreLocked(t *testing.T) {
	t.Parallel()
	a, b, seen := pair(t)
	const turns = 40
	for range turns {
		mustAppend(t, a, "s", "a")
		mustAppend(t, b, "s", "b")
	}
	require.Zero(t, seen.of(eventstore.Placed))
	require.GreaterOrEqual(t, seen.of(eventstore.Locked), turns-1)
	// They part, and are placed again.
	eventually(t, "the first to be placed", func() bool {
		mustAppend(t, a, "a", "")
		mustAppend(t, b, "b", "")
		return seen.of(eventstore.Placed) > 0
	})
}

// A refusal is true when it is given, though others write: it is placed like an
// append, and falls with what it rests on.
func TestRefusalsArePlaced(t *testing.T) {
	t.Parallel()
	a, b, seen := pair(t)
	mustAppend(t, a, "s", "1")
	refuse := func(expect eventstore.Version) error {
		_, err := a.writer.Append(t.Context(), eventstore.Commit{Expect: map[string]eventstore.Version{"s": expect}, Events: []eventstore.NewEvent{note("s", "")}})
		return err
	}
	for range 10 {
		mustAppend(t, b, "elsewhere", "")
		var conflict *eventstore.ConflictError
		require.ErrorAs(t, refuse(7), &conflict)
		require.EqualValues(t, 1, conflict.Actual)
	}
	require.Positive(t, seen.of(eventstore.Placed))
	mustAppend(t, b, "s", "2", "3", "4", "5", "6", "7")
	require.NoError(t, refuse(7), "what was the reason has changed")
}

// The tag of an event counts, though the command has not looked at it.
func TestATagThatIsWrittenUnreadIsRemembered(t *testing.T) {
	t.Parallel()
	a, b, seen := pair(t)
	tagged := func(s store, stream string) {
		_, err := s.writer.Append(t.Context(), eventstore.Commit{Events: []eventstore.NewEvent{note(stream, "", "t")}})
		require.NoError(t, err)
	}
	count := func(s store) int {
		var seen state
		_, err := s.writer.Execute(t.Context(), eventstore.Command[state]{Decide: func(tx *eventstore.Tx[state]) (err error) {
			seen, err = tx.LoadTag("t")
			return err
		}})
		require.NoError(t, err)
		return seen.Count
	}
	require.Zero(t, count(a))
	for turn := range 10 {
		tagged(b, fmt.Sprint("b", turn))
		mustAppend(t, b, "elsewhere", "")
		tagged(a, fmt.Sprint("a", turn))
		require.Equal(t, 2*(turn+1), count(a))
		mustAppend(t, b, "elsewhere", "")
		mustAppend(t, a, "apart", "")
	}
	require.Equal(t, 20, count(b))
	require.Positive(t, seen.of(eventstore.Placed)+seen.of(eventstore.Locked))
}
