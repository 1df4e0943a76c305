package rebuild_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/eventstore"
	"github.com/holdfast-dev/holdfast/projections"
	"github.com/holdfast-dev/holdfast/projections/history"
	"github.com/holdfast-dev/holdfast/projections/rebuild"
)

func TestSwapRollBackAndForwardAgain(t *testing.T) {
	t.Parallel()
	sale := history.New(61)
	sale.Random(1_000)
	pool, log := connect(t), history.NewLog(sale.Events())
	p := projections.Wallets()
	all := []projections.Projection{p}
	live(t, pool, log, all)
	b := rebuild.New(pool, log, rebuild.Options{})
	_, err := b.Swap(t.Context(), p)
	require.ErrorIs(t, err, rebuild.ErrNothingBuilt)
	_, err = b.Rollback(t.Context(), p)
	require.ErrorIs(t, err, rebuild.ErrNoFormer)

	require.NoError(t, b.Build(t.Context(), all))
	built := checkpoint(t, pool, p.Name, projections.Next)
	swapped, err := b.Swap(t.Context(), p)
	require.NoError(t, err)
	require.Equal(t, built.MadeAt, checkpoint(t, pool, p.Name, projections.Live).MadeAt)
	require.Zero(t, swapped.Behind)

	// The former build is kept current, so that a roll-back loses nothing.
	stop := run(t, pool, log, all)
	seen := len(sale.Events())
	sale.Random(500)
	log.Append(sale.Events()[seen:]...)
	for _, place := range []string{projections.Live, projections.Former} {
		eventually(t, func() bool {
			return checkpoint(t, pool, p.Name, place).Position == eventstore.Position(len(sale.Events()))
		}, place)
	}
	stop()
	requireEqual(t, b, all, projections.Former)

	back, err := b.Rollback(t.Context(), p)
	require.NoError(t, err)
	require.Zero(t, back.Behind)
	require.Equal(t, built.MadeAt, checkpoint(t, pool, p.Name, projections.Next).MadeAt)
	require.True(t, checkpoint(t, pool, p.Name, projections.Next).SetAside)
	requireEqual(t, b, all, projections.Next)

	_, err = b.Swap(t.Context(), p)
	require.NoError(t, err)
	require.Equal(t, built.MadeAt, checkpoint(t, pool, p.Name, projections.Live).MadeAt)
	require.False(t, checkpoint(t, pool, p.Name, projections.Live).SetAside)
	requireEqual(t, b, all, projections.Former)

	found, err := rebuild.DropFormer(t.Context(), pool, p.Name)
	require.NoError(t, err)
	require.True(t, found)
	found, err = rebuild.DropFormer(t.Context(), pool, p.Name)
	require.NoError(t, err)
	require.False(t, found)
	require.Equal(t, "0", textOf(t, pool, `SELECT count(*)::text FROM pg_tables WHERE schemaname IN ('holdfast_read_next', 'holdfast_read_former')`))
}

// A build that is behind the live one is brought up within the swap, so what
// was seen once is seen for good.
func TestSwapNeverGoesBack(t *testing.T) {
	t.Parallel()
	sale := history.New(62)
	sale.Random(2_000)
	pool, log := connect(t), history.NewLog(sale.Events())
	p := projections.Reservations()
	b := rebuild.New(pool, log, rebuild.Options{})
	require.NoError(t, b.Build(t.Context(), []projections.Projection{p}))
	for _, more := range []int{100, 3_000} {
		seen := len(sale.Events())
		sale.Random(more)
		log.Append(sale.Events()[seen:]...)
	}
	live(t, pool, log, []projections.Projection{p})
	swapped, err := b.Swap(t.Context(), p)
	require.NoError(t, err)
	require.Equal(t, eventstore.Position(len(sale.Events())), swapped.Position)
	requireEqual(t, b, []projections.Projection{p}, projections.Former)
}

// Somebody who reads for long keeps the swap from its tables, but nobody else.
func TestSwapWaitsForALongReaderAndNobodyWaitsForTheSwap(t *testing.T) {
	t.Parallel()
	pool, log := connect(t), randomLog(63, 300)
	p := projections.Payments()
	live(t, pool, log, []projections.Projection{p})
	b := rebuild.New(pool, log, rebuild.Options{SwapPatience: 400 * time.Millisecond})
	require.NoError(t, b.Build(t.Context(), []projections.Projection{p}))
	reader, err := pool.Begin(t.Context())
	require.NoError(t, err)
	defer func() { _ = reader.Rollback(t.Context()) }()
	_, err = reader.Exec(t.Context(), `SELECT FROM holdfast_read.payments`)
	require.NoError(t, err)

	swapping := make(chan error, 1)
	go func() {
		_, err := b.Swap(t.Context(), p)
		swapping <- err
	}()
	var slowest time.Duration
	for done := false; !done; {
		select {
		case err = <-swapping:
			done = true
		default:
			began := time.Now()
			exec(t, pool, `SELECT FROM holdfast_read.payments LIMIT 1`)
			slowest = max(slowest, time.Since(began))
		}
	}
	require.ErrorContains(t, err, "swap payments: not done in 400ms")
	require.ErrorContains(t, err, "SELECT FROM holdfast_read.payments")
	require.Less(t, slowest, rebuild.SwapLimit+100*time.Millisecond)
	require.NoError(t, reader.Rollback(t.Context()))
	_, err = b.Swap(t.Context(), p)
	require.NoError(t, err)
}

// A database that was restored from an older copy has a log that ends before
// what the live build has seen, or has other events there by now.
func TestSwapOfALiveBuildThatIsAheadOfTheLog(t *testing.T) {
	t.Parallel()
	sale, other := history.New(68), history.New(70)
	sale.Random(300)
	other.Pass(time.Hour)
	other.Random(400)
	for name, events := range map[string][]eventstore.Event{
		"the log ends before": sale.Events()[:200], "the log has other events": other.Events(),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			pool, p := connect(t), projections.Payments()
			live(t, pool, history.NewLog(sale.Events()), []projections.Projection{p})
			b := rebuild.New(pool, history.NewLog(events), rebuild.Options{})
			require.NoError(t, b.Build(t.Context(), []projections.Projection{p}))
			_, err := b.Compare(t.Context(), p, projections.Next)
			require.ErrorIs(t, err, projections.ErrAhead)
			swapped, err := b.Swap(t.Context(), p)
			require.NoError(t, err)
			require.EqualValues(t, len(events), swapped.Position)
			_, err = b.Rollback(t.Context(), p)
			require.ErrorIs(t, err, projections.ErrAhead, "back to what was never recorded")
		})
	}
}

// A live build that has lost a row stops where an event is about it; the build
// beside it is whole and takes its place.
func TestSwapOfALiveBuildThatHasStopped(t *testing.T) {
	t.Parallel()
	sale := history.New(69)
	sale.Random(300)
	pool, log, p := connect(t), history.NewLog(sale.Events()), projections.Sales()
	all := []projections.Projection{p}
	live(t, pool, log, all)
	exec(t, pool, `DELETE FROM holdfast_read.performances`)
	seen := len(sale.Events())
	sale.Random(700)
	log.Append(sale.Events()[seen:]...)
	b := rebuild.New(pool, log, rebuild.Options{})
	require.NoError(t, b.Build(t.Context(), all))

	_, err := b.Compare(t.Context(), p, projections.Next)
	require.ErrorIs(t, err, rebuild.ErrLiveStopped)
	bad, is := errors.AsType[*projections.BadEventError](err)
	require.True(t, is)
	require.Greater(t, bad.Position, eventstore.Position(seen))
	swapped, err := b.Swap(t.Context(), p)
	require.NoError(t, err)
	require.Equal(t, eventstore.Position(len(sale.Events())), swapped.Position)

	// Now it is not the live one that has stopped.
	_, err = b.Compare(t.Context(), p, projections.Former)
	_, is = errors.AsType[*projections.BadEventError](err)
	require.True(t, is)
	require.NotErrorIs(t, err, rebuild.ErrLiveStopped)
}

func TestRollBackNeedsTheWayFree(t *testing.T) {
	t.Parallel()
	pool, log := connect(t), randomLog(64, 100)
	p := projections.Payments()
	all := []projections.Projection{p}
	b := rebuild.New(pool, log, rebuild.Options{})
	require.NoError(t, b.Build(t.Context(), all))
	_, err := b.Swap(t.Context(), p)
	require.NoError(t, err)
	require.NoError(t, b.Build(t.Context(), all))
	_, err = b.Rollback(t.Context(), p)
	require.ErrorContains(t, err, "discard it first")
	found, err := rebuild.Discard(t.Context(), pool, p.Name, projections.Next)
	require.NoError(t, err)
	require.True(t, found)
	_, err = b.Rollback(t.Context(), p)
	require.NoError(t, err)
	_, err = rebuild.Discard(t.Context(), pool, p.Name, projections.Live)
	require.ErrorContains(t, err, "not dropped")
}

func TestTwoDoNotDisturbEachOther(t *testing.T) {
	t.Parallel()
	pool, log := connect(t), randomLog(65, 500)
	release, err := rebuild.Lock(t.Context(), pool, []string{"wallets", "payments"})
	require.NoError(t, err)
	defer release()
	_, err = rebuild.Lock(t.Context(), pool, []string{"sales", "payments"})
	require.ErrorIs(t, err, rebuild.ErrBusy)
	require.ErrorContains(t, err, "payments: somebody else works on it (holdfast, database session")
	other, err := rebuild.Lock(t.Context(), pool, []string{"sales"})
	require.NoError(t, err, "what was not had is free again")
	other()
	release()

	// Whoever gets past the lock still cannot write over the other's chunk.
	p := projections.Payments()
	var both sync.WaitGroup
	for range 2 {
		both.Go(func() {
			err := rebuild.New(pool, log, rebuild.Options{ChunkSize: 20}).Build(t.Context(), []projections.Projection{p})
			if err != nil && !strings.Contains(err.Error(), "another process works on the build") {
				t.Errorf("%v", err)
			}
		})
	}
	both.Wait()
	require.NoError(t, rebuild.New(pool, log, rebuild.Options{}).Build(t.Context(), []projections.Projection{p}))
	live(t, pool, log, []projections.Projection{p})
	requireEqual(t, rebuild.New(pool, log, rebuild.Options{}), []projections.Projection{p}, projections.Next)
}

// Of all differences the first by key is shown, and equal ones are not.
func TestCompareFindsTheFirstDifference(t *testing.T) {
	t.Parallel()
	pool, log := connect(t), randomLog(66, 500)
	p := projections.Wallets()
	live(t, pool, log, []projections.Projection{p})
	b := rebuild.New(pool, log, rebuild.Options{})
	require.NoError(t, b.Build(t.Context(), []projections.Projection{p}))
	equal, err := b.Compare(t.Context(), p, projections.Next)
	require.NoError(t, err)
	require.True(t, equal.Equal())
	require.Nil(t, equal.First)
	require.Equal(t, equal.Live, checkpoint(t, pool, p.Name, projections.Live).Digest.SHA256)
	require.Equal(t, equal.Position, checkpoint(t, pool, p.Name, projections.Next).Digest.Position)

	exec(t, pool, `UPDATE holdfast_read.wallets SET balance = balance + 1 WHERE user_id IN (SELECT user_id FROM holdfast_read.wallets ORDER BY user_id OFFSET 1 LIMIT 3)`)
	exec(t, pool, `DELETE FROM holdfast_read.wallet_entries`)
	second := textOf(t, pool, `SELECT user_id::text FROM holdfast_read.wallets ORDER BY user_id OFFSET 1 LIMIT 1`)
	different, err := b.Compare(t.Context(), p, projections.Next)
	require.NoError(t, err)
	require.False(t, different.Equal())
	require.Equal(t, "wallets", different.First.Table)
	require.Contains(t, different.First.Live, second)
	require.Contains(t, different.First.Other, second)
	require.NotEqual(t, different.First.Live, different.First.Other)

	exec(t, pool, `UPDATE holdfast_read.wallets l SET balance = o.balance FROM holdfast_read_next.wallets o WHERE l.user_id = o.user_id`)
	missing, err := b.Compare(t.Context(), p, projections.Next)
	require.NoError(t, err)
	require.Equal(t, "wallet_entries", missing.First.Table)
	require.Empty(t, missing.First.Live)
	require.NotEmpty(t, missing.First.Other)
}

// Builds that go on are met at one position, with commands coming all the while.
func TestCompareWhileTheLogGrows(t *testing.T) {
	t.Parallel()
	sale := history.New(67)
	sale.Random(500)
	pool, log := connect(t), history.NewLog(sale.Events())
	run(t, pool, log, projections.All())
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	grown := make(chan struct{})
	go func() {
		defer close(grown)
		for ctx.Err() == nil && len(sale.Events()) < 50_000 {
			seen := len(sale.Events())
			sale.Random(5)
			log.Append(sale.Events()[seen:]...)
			select {
			case <-time.After(2 * time.Millisecond):
			case <-ctx.Done():
			}
		}
	}()
	b := rebuild.New(pool, log, rebuild.Options{ChunkSize: 100})
	require.NoError(t, b.Build(t.Context(), projections.All()))
	requireEqual(t, b, projections.All(), projections.Next)
	for _, p := range projections.All() {
		_, err := b.Swap(t.Context(), p)
		require.NoError(t, err)
	}
	requireEqual(t, b, projections.All(), projections.Former)
	cancel()
	<-grown
}
