package projections_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/eventstore"
	"github.com/holdfast-dev/holdfast/internal/pgtest"
	"github.com/holdfast-dev/holdfast/projections"
	"github.com/holdfast-dev/holdfast/projections/history"
)

func TestRunnerFollowsTheLog(t *testing.T) {
	t.Parallel()
	url := pgtest.New(t)
	pool := connect(t, url)
	appender, err := eventstore.Connect(t.Context(), url, eventstore.RoleAppender)
	require.NoError(t, err)
	t.Cleanup(appender.Close)
	log, err := eventstore.Open(t.Context(), appender, eventstore.Options{AllowUnsafe: true})
	require.NoError(t, err)
	t.Cleanup(log.Close)
	login, err := pgx.Connect(t.Context(), url)
	require.NoError(t, err)
	t.Cleanup(func() { _ = login.Close(context.WithoutCancel(t.Context())) })

	runner, stop := run(t, pool, log, projections.All(), quick)
	sale := history.New(21)
	for range 5 {
		seen := len(sale.Events())
		sale.Random(200)
		require.NoError(t, history.Insert(t.Context(), login, sale.Events()[seen:]))
	}
	end := sale.Events()[len(sale.Events())-1]
	for _, p := range projections.All() {
		eventually(t, reached(t, pool, p.Name, end.Position), p.Name)
	}
	checkpoint, err := projections.ReadCheckpoint(t.Context(), pool, projections.SalesName, projections.Live)
	require.NoError(t, err)
	require.Equal(t, end.RecordedAt, checkpoint.EventAt)

	eventually(t, func() bool {
		for _, status := range runner.Status() {
			if status.Head != end.Position || status.Position != end.Position || status.Lag() != 0 {
				return false
			}
		}
		return true
	}, "status")
	for _, status := range runner.Status() {
		require.Equal(t, projections.RoleWorking, status.Role)
		require.Equal(t, 1, status.Version)
		require.Equal(t, end.RecordedAt, status.EventAt)
		require.Positive(t, status.Steps)
		require.NoError(t, status.Err)
	}
	stop()

	fresh := connect(t, pgtest.New(t))
	build(t, fresh, history.NewLog(sale.Events()), 10_000)
	require.Equal(t, digests(t, fresh, projections.Live), digests(t, pool, projections.Live))
}

// Three instances meet at the checkpoint: one goes on, the others stand by.
func TestOneOfThreeRunnersWorks(t *testing.T) {
	t.Parallel()
	pool := connect(t, pgtest.New(t))
	sale := history.New(22)
	sale.Random(100)
	log := history.NewLog(sale.Events())
	build(t, pool, log, 1_000)
	begin := eventstore.Position(len(sale.Events()))
	opts := quick
	opts.Standby = time.Minute // nobody is replaced for being slow
	var runners []*projections.Runner
	for range 3 {
		runner, _ := run(t, pool, log, []projections.Projection{projections.Sales()}, opts)
		runners = append(runners, runner)
	}
	for _, runner := range runners {
		eventually(t, func() bool { return runner.Status()[0].Position == begin }, "every runner is ready to work")
	}
	for range 50 {
		seen := len(sale.Events())
		sale.Random(20)
		log.Append(sale.Events()[seen:]...)
		eventually(t, reached(t, pool, projections.SalesName, eventstore.Position(len(sale.Events()))), "growth")
	}
	var steps []int64
	for _, runner := range runners {
		if n := runner.Status()[0].Steps; n > 0 {
			steps = append(steps, n)
		}
	}
	require.Len(t, steps, 1, "runners that worked, by steps")

	fresh := connect(t, pgtest.New(t))
	build(t, fresh, log, 10_000)
	require.Equal(t, digests(t, fresh, projections.Live)[projections.SalesName], digests(t, pool, projections.Live)[projections.SalesName])
}

// hanging is a log whose reads stop coming back.
type hanging struct {
	*history.Log
	hangs atomic.Bool
}

func (l *hanging) Read(ctx context.Context, after eventstore.Position, limit int) ([]eventstore.Event, error) {
	if l.hangs.Load() {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	return l.Log.Read(ctx, after, limit)
}

func TestAnotherTakesOverWhenTheWorkerHangs(t *testing.T) {
	t.Parallel()
	pool := connect(t, pgtest.New(t))
	sale := history.New(23)
	events := history.NewLog(nil)
	only := []projections.Projection{projections.Sales()}
	grow := func() {
		seen := len(sale.Events())
		sale.Random(20)
		events.Append(sale.Events()[seen:]...)
		eventually(t, reached(t, pool, projections.SalesName, eventstore.Position(len(sale.Events()))), "growth")
	}
	logs := map[*projections.Runner]*hanging{}
	for range 3 {
		log := &hanging{Log: events}
		runner, _ := run(t, pool, log, only, quick)
		logs[runner] = log
	}
	working := func() (workers []*projections.Runner) {
		for runner := range logs {
			if runner.Status()[0].Role == projections.RoleWorking {
				workers = append(workers, runner)
			}
		}
		return workers
	}
	for range 2 {
		grow()
		eventually(t, func() bool { return len(working()) == 1 }, "one works")
		worker := working()[0]
		logs[worker].hangs.Store(true)
		delete(logs, worker)
		grow()
	}
}

// The worker's connection is cut in the middle of things; nothing is lost,
// nothing is written twice.
func TestConnectionsAreKilled(t *testing.T) {
	t.Parallel()
	url := pgtest.New(t)
	pool := connect(t, url)
	sale := history.New(24)
	sale.Random(4_000)
	log := history.NewLog(sale.Events())
	opts := quick
	opts.PageSize = 20
	opts.MaxBackoff = time.Millisecond
	for range 2 {
		run(t, pool, log, projections.All(), opts)
	}
	killer, err := pgx.Connect(t.Context(), url)
	require.NoError(t, err)
	defer func() { _ = killer.Close(t.Context()) }()
	kills := 0
	done := reached(t, connect(t, url), projections.SalesName, eventstore.Position(len(sale.Events())))
	eventually(t, func() bool {
		var n int
		require.NoError(t, killer.QueryRow(t.Context(), `
			SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
			WHERE datname = current_database() AND pid <> pg_backend_pid() AND xact_start IS NOT NULL AND query LIKE '%unnest%'`).Scan(&n))
		kills += n
		return kills > 10 || done()
	}, "kills")
	require.Positive(t, kills, "the test has seen no step under way")
	for _, p := range projections.All() {
		eventually(t, reached(t, pool, p.Name, eventstore.Position(len(sale.Events()))), p.Name)
	}
	fresh := connect(t, pgtest.New(t))
	build(t, fresh, log, 10_000)
	require.Equal(t, digests(t, fresh, projections.Live), digests(t, pool, projections.Live))
}

// An instance that stops in the middle of a step, with the checkpoint in its
// hand, loses it.
func TestStalledWorkerLosesTheCheckpoint(t *testing.T) {
	t.Parallel()
	url := pgtest.New(t)
	stalled, pool := connect(t, url), connect(t, url)
	sale := history.New(25)
	sale.Random(100)
	log := history.NewLog(sale.Events())
	only := projections.Sales()

	tx, err := projections.Seize(t.Context(), stalled, only, 0, 300*time.Millisecond)
	require.NoError(t, err)
	runner, _ := run(t, pool, log, []projections.Projection{only}, quick)
	eventually(t, func() bool {
		return runner.Status()[0].Role == projections.RoleWorking
	}, "the runner works although the stalled transaction was never ended")
	require.Error(t, tx.Commit(t.Context()), "the server has ended it")
}

func TestClaimIsRefusedToWhoeverComesLate(t *testing.T) {
	t.Parallel()
	pool := connect(t, pgtest.New(t))
	only := projections.Sales()
	tx, err := projections.Seize(t.Context(), pool, only, 0, time.Minute)
	require.NoError(t, err)
	other, err := projections.Seize(t.Context(), pool, only, 0, time.Minute)
	require.ErrorContains(t, err, "another worker holds the checkpoint")
	require.NoError(t, other.Rollback(t.Context()))
	require.NoError(t, tx.Rollback(t.Context()))

	late, err := projections.Seize(t.Context(), pool, only, 5, time.Minute)
	require.ErrorContains(t, err, "another worker has moved the checkpoint")
	require.NoError(t, late.Rollback(t.Context()))
}

func TestRunnerWaitsForTheStore(t *testing.T) {
	t.Parallel()
	pool := connect(t, pgtest.New(t))
	sale := history.New(26)
	sale.Random(50)
	log := history.NewLog(sale.Events())
	away := errors.New("away")
	log.Fail(away)
	runner, _ := run(t, pool, log, []projections.Projection{projections.Sales()}, quick)
	eventually(t, func() bool { return errors.Is(runner.Status()[0].Err, away) }, "fault shown")
	log.Fail(nil)
	eventually(t, func() bool { return runner.Status()[0].Steps > 0 }, "goes on")
	require.NoError(t, runner.Status()[0].Err)
}
