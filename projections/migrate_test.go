package projections_test

import (
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"github.com/holdfast-dev/holdfast/internal/pgtest"
	"github.com/holdfast-dev/holdfast/projections"
	"github.com/holdfast-dev/holdfast/projections/history"
)

func TestMigrateMakesEveryReadModel(t *testing.T) {
	t.Parallel()
	pool := connect(t, pgtest.New(t))
	checkpoints, err := projections.Checkpoints(t.Context(), pool)
	require.NoError(t, err)
	require.Len(t, checkpoints, len(projections.All()))
	for _, c := range checkpoints {
		require.Equal(t, projections.Live, c.Place)
		require.Equal(t, 1, c.Version)
		require.Zero(t, c.Position)
		require.Zero(t, c.EventAt)
		require.NotZero(t, c.UpdatedAt)
		require.Empty(t, c.Stopped)
	}
	// The projector owns everything, so that it can swap and drop.
	require.Equal(t, [][]string{{"holdfast_projector"}}, rowsOf(t, pool,
		`SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'holdfast_read'`))
	for _, p := range projections.All() {
		for _, table := range p.Tables {
			require.Empty(t, rowsOf(t, pool, `SELECT 1 FROM holdfast_read.`+table.Name))
		}
	}
}

func TestMigrateAgainChangesNothing(t *testing.T) {
	t.Parallel()
	url := pgtest.New(t)
	pool := connect(t, url)
	sale := history.New(1)
	sale.Random(300)
	build(t, pool, history.NewLog(sale.Events()), 100)
	before := digests(t, pool, projections.Live)

	var instances errgroup.Group
	for range 3 {
		instances.Go(func() error { return projections.Migrate(t.Context(), url) })
	}
	require.NoError(t, instances.Wait())
	require.Equal(t, before, digests(t, pool, projections.Live))
}

func TestReadModelsCanBeDroppedAndBuiltAgain(t *testing.T) {
	t.Parallel()
	url := pgtest.New(t)
	pool := connect(t, url)
	sale := history.New(2)
	sale.Random(500)
	log := history.NewLog(sale.Events())
	build(t, pool, log, 100)
	before := digests(t, pool, projections.Live)

	require.NoError(t, projections.Drop(t.Context(), url))
	require.NoError(t, projections.Drop(t.Context(), url), "nothing left to drop")
	_, err := projections.Checkpoints(t.Context(), pool)
	require.Error(t, err)

	require.NoError(t, projections.Migrate(t.Context(), url))
	build(t, pool, log, 70)
	require.Equal(t, before, digests(t, pool, projections.Live))
}

// What a rebuild will do: another build beside the live one, in a schema of
// its own, and tables that change places.
func TestBuildStandsInAnyPlaceAndCanBeSwapped(t *testing.T) {
	t.Parallel()
	url := pgtest.New(t)
	pool := connect(t, url)
	sale := history.New(3)
	sale.Random(800)
	log := history.NewLog(sale.Events())
	build(t, pool, log, 100)

	login, err := pgx.Connect(t.Context(), url)
	require.NoError(t, err)
	defer func() { _ = login.Close(t.Context()) }()
	_, err = login.Exec(t.Context(), `CREATE SCHEMA beside AUTHORIZATION holdfast_projector`)
	require.NoError(t, err)
	for _, p := range projections.All() {
		require.NoError(t, pgx.BeginFunc(t.Context(), pool, func(tx pgx.Tx) error {
			return p.Create(t.Context(), tx, "beside")
		}))
		require.NoError(t, projections.Build(t.Context(), pool, p, "beside", log, 333))
	}
	require.Equal(t, digests(t, pool, projections.Live), digests(t, pool, "beside"))

	p := projections.Wallets()
	require.NoError(t, pgx.BeginFunc(t.Context(), pool, func(tx pgx.Tx) error {
		for _, table := range p.Tables {
			if _, err := tx.Exec(t.Context(), `DROP TABLE holdfast_read.`+table.Name); err != nil {
				return err
			}
			if _, err := tx.Exec(t.Context(), `ALTER TABLE beside.`+table.Name+` SET SCHEMA holdfast_read`); err != nil {
				return err
			}
		}
		return nil
	}))
	seen := len(sale.Events())
	sale.Random(200)
	log.Append(sale.Events()[seen:]...)
	require.NoError(t, projections.Build(t.Context(), pool, p, projections.Live, log, 10))
}
