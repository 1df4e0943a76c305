package history_test

import (
	"context"
	"errors"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/eventstore"
	"github.com/holdfast-dev/holdfast/internal/pgtest"
	"github.com/holdfast-dev/holdfast/projections/history"
)

func TestMain(m *testing.M) { pgtest.Main(m, eventstore.Migrate) }

// The database's clean-up runs the independent check of the whole log.
func TestRandomHistoriesAreLawful(t *testing.T) {
	t.Parallel()
	for seed := range uint64(3) {
		sale := history.New(seed)
		sale.Random(4_000)
		conn, err := pgx.Connect(t.Context(), pgtest.New(t))
		require.NoError(t, err)
		t.Cleanup(func() { _ = conn.Close(context.WithoutCancel(t.Context())) })
		require.NoError(t, history.Insert(t.Context(), conn, sale.Events()))
	}
}

func TestEveryEventTypeHappens(t *testing.T) {
	t.Parallel()
	sale := history.New(1)
	sale.Random(20_000)
	seen := make(map[string]int)
	for _, e := range sale.Events() {
		seen[e.Type]++
	}
	require.Len(t, seen, 13)
}

func TestHistoriesDependOnTheirSeedAlone(t *testing.T) {
	t.Parallel()
	first, second, other := history.New(5), history.New(5), history.New(6)
	for _, sale := range []*history.Sale{first, second, other} {
		sale.Random(500)
	}
	require.Equal(t, first.Events(), second.Events())
	require.NotEqual(t, first.Events(), other.Events())
}

func TestLogReadsInPages(t *testing.T) {
	t.Parallel()
	sale := history.New(1)
	sale.Random(250)
	log := history.NewLog(sale.Events())
	var read []eventstore.Event
	for {
		page, err := log.Read(t.Context(), eventstore.Position(len(read)), 100)
		require.NoError(t, err)
		if len(page) == 0 {
			break
		}
		read = append(read, page...)
	}
	require.Equal(t, sale.Events(), read)
	head, err := log.Head(t.Context())
	require.NoError(t, err)
	require.Equal(t, read[len(read)-1].Position, head.Position)
}

func TestLogFollowsWhatIsAppended(t *testing.T) {
	t.Parallel()
	sale := history.New(1)
	sale.Random(10)
	log := history.NewLog(nil)
	enough := errors.New("enough")
	go log.Append(sale.Events()...)
	var seen int
	err := log.Follow(t.Context(), 0, func(_ context.Context, events []eventstore.Event) error {
		if seen += len(events); seen == len(sale.Events()) {
			return enough
		}
		return nil
	})
	require.ErrorIs(t, err, enough)
}

func TestLogFails(t *testing.T) {
	t.Parallel()
	log := history.NewLog(nil)
	broken := errors.New("broken")
	log.Fail(broken)
	_, err := log.Read(t.Context(), 0, 1)
	require.ErrorIs(t, err, broken)
	log.Fail(nil)
	_, err = log.Read(t.Context(), 0, 1)
	require.NoError(t, err)
}
