package rebuild_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/eventstore"
	"github.com/holdfast-dev/holdfast/projections"
	"github.com/holdfast-dev/holdfast/projections/history"
	"github.com/holdfast-dev/holdfast/projections/rebuild"
)

// Whatever the size of the chunks, the rows are those of the live build.
func TestBuildEqualsLive(t *testing.T) {
	t.Parallel()
	log := randomLog(41, 4_000)
	for _, size := range []int{1_000_000, 1, 13, 700} {
		pool := connect(t)
		if size == 1 {
			log = randomLog(42, 150)
		}
		live(t, pool, log, projections.All())
		b := rebuild.New(pool, log, rebuild.Options{ChunkSize: size})
		require.NoError(t, b.Build(t.Context(), projections.All()))
		requireEqual(t, b, projections.All(), projections.Next)
	}
}

func TestBuildGoesOnWhereItWasBrokenOff(t *testing.T) {
	t.Parallel()
	log := randomLog(43, 3_000)
	pool := connect(t)
	all := projections.All()
	live(t, pool, log, all)
	broken := 0
	for reached := eventstore.Position(0); ; broken++ {
		ctx, breakOff := context.WithCancel(t.Context())
		err := rebuild.New(pool, log, rebuild.Options{ChunkSize: 500, Progress: func(now rebuild.Progress) {
			if now.Position > reached {
				reached = now.Position
				breakOff()
			}
		}}).Build(ctx, all)
		breakOff()
		if err == nil {
			break
		}
		require.ErrorIs(t, err, context.Canceled)
		if checkpoint(t, pool, all[0].Name, projections.Next).Copying {
			_, err = rebuild.New(pool, log, rebuild.Options{}).Swap(t.Context(), all[0])
			require.ErrorIs(t, err, rebuild.ErrNothingBuilt, "half a build is not swapped in")
		}
	}
	require.Greater(t, broken, 2)
	requireEqual(t, rebuild.New(pool, log, rebuild.Options{}), all, projections.Next)
}

// The database was restored from an older copy while a build was under way, or
// whole: it ends before what was built, or has gone another way since.
func TestBuildBeginsAgainWhereTheLogIsNotTheOneItWasBegunFrom(t *testing.T) {
	t.Parallel()
	before := history.New(45)
	before.Random(600)
	after := history.New(46)
	after.Pass(time.Hour)
	after.Random(900)
	all := projections.All()
	for name, log := range map[string]*history.Log{
		"the log ends before":      history.NewLog(before.Events()[:500]),
		"the log has other events": history.NewLog(after.Events()),
	} {
		for _, whole := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, whole: %t", name, whole), func(t *testing.T) {
				t.Parallel()
				pool := connect(t)
				live(t, pool, log, all)
				ctx, breakOff := context.WithCancel(t.Context())
				defer breakOff()
				err := rebuild.New(pool, history.NewLog(before.Events()), rebuild.Options{ChunkSize: 550, Progress: func(now rebuild.Progress) {
					if !whole && now.Phase == rebuild.PhaseIndex {
						breakOff()
					}
				}}).Build(ctx, all)
				require.Equal(t, whole, err == nil, "%v", err)
				require.Equal(t, !whole, checkpoint(t, pool, all[0].Name, projections.Next).Copying)

				var notes []string
				b := rebuild.New(pool, log, rebuild.Options{Progress: func(p rebuild.Progress) {
					if p.Note != "" {
						notes = append(notes, p.Note)
					}
				}})
				require.NoError(t, b.Build(t.Context(), all))
				require.Len(t, notes, len(all))
				require.Contains(t, notes[0], "what was built in holdfast_read_next is discarded")
				requireEqual(t, b, all, projections.Next)
			})
		}
	}
}

// shrinking is a log that was cut back since it was asked where it ends.
type shrinking struct {
	*history.Log
	known eventstore.Position
}

func (l shrinking) Head(ctx context.Context) (eventstore.Head, error) {
	head, err := l.Log.Head(ctx)
	head.Position = l.known
	return head, err
}

func TestBuildEndsWhereTheLogIsCutBackMeanwhile(t *testing.T) {
	t.Parallel()
	pool, all := connect(t), projections.All()
	log := randomLog(47, 500)
	head, err := log.Head(t.Context())
	require.NoError(t, err)
	for _, size := range []int{100, 1_000_000} {
		err := rebuild.New(pool, shrinking{log, head.Position + 1}, rebuild.Options{ChunkSize: size}).Build(t.Context(), all)
		require.ErrorIs(t, err, projections.ErrAhead)
		require.ErrorContains(t, err, fmt.Sprintf("position %d is wanted, the log ends at %d", head.Position+1, head.Position))
	}
	live(t, pool, log, all)
	b := rebuild.New(pool, log, rebuild.Options{})
	require.NoError(t, b.Build(t.Context(), all), "what was built before fits")
	requireEqual(t, b, all, projections.Next)
}

func TestBuildOfAnEmptyLog(t *testing.T) {
	t.Parallel()
	pool, log := connect(t), history.NewLog(nil)
	b := rebuild.New(pool, log, rebuild.Options{})
	require.NoError(t, b.Build(t.Context(), projections.All()))
	requireEqual(t, b, projections.All(), projections.Next)
}

// The tables of a build are those that the migration makes: columns, keys,
// indexes, constraints and storage.
func TestBuiltTablesHaveEverything(t *testing.T) {
	t.Parallel()
	pool, log := connect(t), randomLog(43, 300)
	b := rebuild.New(pool, log, rebuild.Options{})
	require.NoError(t, b.Build(t.Context(), projections.All()))
	describe := func(place string) string {
		return textOf(t, pool, `
			SELECT string_agg(what, E'\n' ORDER BY what) FROM (
				SELECT replace(indexdef, schemaname || '.', '') FROM pg_indexes WHERE schemaname = '`+place+`' AND tablename NOT IN ('checkpoints', 'programs', 'schema_version')
				UNION ALL
				SELECT c.relname || ' ' || k.conname || ' ' || replace(pg_get_constraintdef(k.oid), n.nspname || '.', '') FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = '`+place+`' AND c.relname NOT IN ('checkpoints', 'programs', 'schema_version')
				UNION ALL
				SELECT c.relname || ' ' || coalesce(c.reloptions::text, '') || ' ' || c.relowner::regrole FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = '`+place+`' AND c.relkind = 'r' AND c.relname NOT IN ('checkpoints', 'programs', 'schema_version')
			) AS all_of_it(what)`)
	}
	require.Equal(t, describe(projections.Live), describe(projections.Next))
	require.Contains(t, describe(projections.Next), "reservations_due")
}

// More open rows than fit into the memory that is set for them end the copy,
// and the steps go on.
func TestBuildWithTooManyOpenRows(t *testing.T) {
	t.Parallel()
	pool, log := connect(t), randomLog(44, 2_000)
	live(t, pool, log, projections.All())
	var notes []string
	b := rebuild.New(pool, log, rebuild.Options{ChunkSize: 50, MaxOpen: 5, Progress: func(p rebuild.Progress) {
		if p.Note != "" {
			notes = append(notes, p.Note)
		}
	}})
	require.NoError(t, b.Build(t.Context(), projections.All()))
	require.Len(t, notes, 2, "sales and reservations")
	requireEqual(t, b, projections.All(), projections.Next)
}
