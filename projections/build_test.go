package projections_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/holdfast-dev/holdfast/eventstore"
	"github.com/holdfast-dev/holdfast/internal/pgtest"
	"github.com/holdfast-dev/holdfast/projections"
	"github.com/holdfast-dev/holdfast/projections/history"
)

func TestRowsDoNotDependOnPages(t *testing.T) {
	t.Parallel()
	sale := history.New(11)
	sale.Random(1_200)
	log := history.NewLog(sale.Events())
	var want map[string]projections.Fingerprint
	for _, size := range []int{10_000, 1, 7, 100, 1_000} {
		pool := connect(t, pgtest.New(t))
		build(t, pool, log, size)
		got := digests(t, pool, projections.Live)
		if want == nil {
			want = got
		}
		require.Equal(t, want, got, "pages of %d", size)
	}
	require.Equal(t, eventstore.Position(len(sale.Events())), want[projections.SalesName].Position)
}

func TestDigestNoticesAnyDifference(t *testing.T) {
	t.Parallel()
	sale := history.New(12)
	sale.Random(300)
	pool := connect(t, pgtest.New(t))
	build(t, pool, history.NewLog(sale.Events()), 100)
	before := digests(t, pool, projections.Live)
	for name, change := range map[string]string{
		projections.SalesName:        `UPDATE holdfast_read.concerts SET venue = 'elsewhere'`,
		projections.ReservationsName: `DELETE FROM holdfast_read.reservations WHERE ctid = (SELECT min(ctid) FROM holdfast_read.reservations)`,
		projections.WalletsName:      `UPDATE holdfast_read.wallet_entries SET amount = amount + 1`,
		projections.PaymentsName:     `UPDATE holdfast_read.payments SET seats = seats || 1`,
	} {
		_, err := pool.Exec(t.Context(), change)
		require.NoError(t, err)
		require.NotEqual(t, before[name], digests(t, pool, projections.Live)[name], name)
	}
}

// A build that is broken off anywhere, any number of times, goes on where its
// checkpoint stands.
func TestBuildGoesOnAfterItWasBrokenOff(t *testing.T) {
	t.Parallel()
	sale := history.New(13)
	sale.Random(1_000)
	whole := connect(t, pgtest.New(t))
	build(t, whole, history.NewLog(sale.Events()), 1_000)

	pool := connect(t, pgtest.New(t))
	for _, upTo := range []int{1, 2, 333, 334, 700, len(sale.Events())} {
		build(t, pool, history.NewLog(sale.Events()[:upTo]), 90)
	}
	require.Equal(t, digests(t, whole, projections.Live), digests(t, pool, projections.Live))
}

// errBroken is what a broken step fails with.
var errBroken = errors.New("broken off")

// breaking is a log that fails after some reads.
type breaking struct {
	*history.Log
	left int
}

func (l *breaking) Read(ctx context.Context, after eventstore.Position, limit int) ([]eventstore.Event, error) {
	l.left--
	if l.left < 0 {
		return nil, errBroken
	}
	return l.Log.Read(ctx, after, limit)
}

// Any history in pages of any sizes, with breaks in between, gives the rows
// that one page gives.
func TestRandomHistoriesInRandomPages(t *testing.T) {
	t.Parallel()
	random, whole := connect(t, pgtest.New(t)), connect(t, pgtest.New(t))
	rapid.Check(t, func(r *rapid.T) {
		sale := history.New(rapid.Uint64().Draw(r, "seed"))
		sale.Random(rapid.IntRange(1, 400).Draw(r, "events"))
		log := history.NewLog(sale.Events())
		empty(t, random)
		empty(t, whole)
		build(t, whole, log, len(sale.Events()))
		for _, p := range projections.All() {
			for err := errBroken; err != nil; {
				size := rapid.IntRange(1, 150).Draw(r, "page")
				broken := &breaking{Log: log, left: rapid.IntRange(1, 6).Draw(r, "reads")}
				err = projections.Build(t.Context(), random, p, projections.Live, broken, size)
				if err != nil {
					require.ErrorIs(t, err, errBroken)
				}
			}
		}
		require.Equal(t, digests(t, whole, projections.Live), digests(t, random, projections.Live))
	})
}

// Plans are cached for as long as connections live, so one that scans a table
// because it is empty would do so for ever.
func TestStepsReachRowsByTheirKeys(t *testing.T) {
	t.Parallel()
	url := pgtest.New(t)
	sale := history.New(14)
	sale.Random(2_000)
	worker, err := eventstore.Connect(t.Context(), url, eventstore.RoleProjector)
	require.NoError(t, err)
	build(t, worker, history.NewLog(sale.Events()), 20)
	worker.Close() // a session reports what it did at the latest when it ends

	pool := connect(t, url)
	var read [][]string
	eventually(t, func() bool {
		read = rowsOf(t, pool, `
			SELECT relname, seq_tup_read FROM pg_stat_user_tables
			WHERE schemaname = 'holdfast_read' AND relname IN ('seats', 'performances', 'reservations') AND idx_scan > 50
			ORDER BY relname`)
		return len(read) == 3
	}, "statistics")
	require.Equal(t, [][]string{{"performances", "0"}, {"reservations", "0"}, {"seats", "0"}}, read)
}
