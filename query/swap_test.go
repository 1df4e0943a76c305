package query_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/domain"
	"github.com/holdfast-dev/holdfast/eventstore"
	"github.com/holdfast-dev/holdfast/projections"
	"github.com/holdfast-dev/holdfast/projections/history"
	"github.com/holdfast-dev/holdfast/projections/rebuild"
	"github.com/holdfast-dev/holdfast/query"
)

// Builds are swapped and rolled back again and again while money comes in and
// everybody asks: every question is answered, and by what it was promised to
// have seen.
func TestSwapsUnderLoadAnswerEveryQuestion(t *testing.T) {
	t.Parallel()
	const charges, swaps = 400, 12
	s := history.New(5)
	s.Random(300)
	log := history.NewLog(s.Events())
	pool := tables(t, log)
	store := query.NewStore(pool)
	wallets, entries := query.NewWalletOfUser(store), query.NewWalletEntries(store)
	reservations, payments := query.NewReservationsOfUser(store), query.NewPaymentsOfUser(store)
	user := s.User(0)
	before, err := wallets.Ask(t.Context(), user, position(s))
	require.NoError(t, err)

	b := rebuild.New(pool, log, rebuild.Options{ChunkSize: 100})
	require.NoError(t, b.Build(t.Context(), projections.All()))
	var at atomic.Int64 // position of the last charge, and how many there were
	var count atomic.Int64
	at.Store(int64(position(s)))
	var asking sync.WaitGroup
	ctx, stop := context.WithCancel(t.Context())
	var asked atomic.Int64
	defer asking.Wait()
	defer stop()
	for range 3 {
		asking.Go(func() {
			for ctx.Err() == nil {
				least, seen := count.Load(), query.Position(at.Load())
				wallet, err := insist(func() (query.Wallet, error) { return wallets.Ask(t.Context(), user, seen) })
				if err != nil || wallet.Balance < before.Balance+domain.Money(least) {
					t.Errorf("wallet: %v, %d after %d charges", err, wallet.Balance-before.Balance, least)
				}
				page, err := insist(func() (query.WalletEntryPage, error) { return entries.Ask(t.Context(), user, query.Page{}, seen) })
				if err != nil || len(page.Entries) == 0 || page.Entries[0].Balance < before.Balance+domain.Money(least) {
					t.Errorf("entries: %v", err)
				}
				if _, err := insist(func() (query.ReservationList, error) { return reservations.Ask(t.Context(), user, seen) }); err != nil {
					t.Errorf("reservations: %v", err)
				}
				if _, err := insist(func() (query.PaymentList, error) { return payments.Ask(t.Context(), user, seen) }); err != nil {
					t.Errorf("payments: %v", err)
				}
				asked.Add(4)
			}
		})
	}
	asking.Go(func() {
		for range charges {
			if ctx.Err() != nil {
				return
			}
			seen := len(s.Events())
			s.Charge(user, 1)
			log.Append(s.Events()[seen:]...)
			at.Store(int64(position(s)))
			count.Add(1)
			if _, err := insist(func() (query.Wallet, error) { return wallets.Ask(t.Context(), user, position(s)) }); err != nil {
				t.Errorf("own charge: %v", err)
			}
		}
	})
	var took []time.Duration
	for round := range swaps {
		for _, p := range projections.All() {
			move := b.Swap
			if round%2 == 1 {
				move = b.Rollback
			}
			moved, err := move(t.Context(), p)
			require.NoError(t, err)
			took = append(took, moved.Took)
		}
	}
	stop()
	asking.Wait()
	require.Greater(t, asked.Load(), int64(50))
	// Tests share the processor, so one or the other may wait for it.
	slices.Sort(took)
	require.LessOrEqual(t, took[len(took)/2], rebuild.SwapLimit)
}

// A build that is ahead of the live one moves the live checkpoint when it is
// swapped in. The worker goes on from there at once, and does not stand by as it
// would for another worker: those who ask wait for a second only.
func TestAWorkerGoesOnAtOnceAfterASwap(t *testing.T) {
	t.Parallel()
	s := history.New(9)
	s.Random(100)
	log := history.NewLog(s.Events())
	pool := tablesBy(t, log, projections.Options{Pace: 300 * time.Millisecond, Standby: time.Hour})
	charge := func() {
		seen := len(s.Events())
		s.Charge(s.User(0), 1)
		log.Append(s.Events()[seen:]...)
	}
	wallets := query.NewWalletOfUser(query.NewStore(pool))
	b := rebuild.New(pool, log, rebuild.Options{})
	for range 4 {
		charge()
		require.NoError(t, b.Build(t.Context(), []projections.Projection{projections.Wallets()}))
		_, err := b.Swap(t.Context(), projections.Wallets())
		require.NoError(t, err)
		charge()
		require.Eventually(t, func() bool {
			_, err := wallets.Ask(t.Context(), s.User(0), position(s))
			return err == nil
		}, 15*time.Second, time.Millisecond)
	}
}

// insist asks again while the answer is that the read model is behind, as a
// client does, for as long as a busy machine may keep it so.
func insist[T any](ask func() (T, error)) (answer T, err error) {
	for began := time.Now(); time.Since(began) < 15*time.Second; {
		if answer, err = ask(); !errors.Is(err, query.ErrBehind) {
			break
		}
	}
	return answer, err
}

// A program of the version before goes on answering from the former build when
// tables of another shape have become live, with statements that it prepared
// before.
func TestProgramOfTheVersionBeforeKeepsItsShape(t *testing.T) {
	t.Parallel()
	s := history.New(6)
	s.Charge(s.User(0), 700)
	log := history.NewLog(s.Events())
	// It runs the program of version 1, which never looks for its build unasked.
	pool := tablesBy(t, log, projections.Options{Pace: 25 * time.Millisecond, Standby: time.Hour})
	store := query.NewStore(pool)
	wallets := query.NewWalletOfUser(store)
	ask := func() domain.Money {
		wallet, err := insist(func() (query.Wallet, error) { return wallets.Ask(t.Context(), s.User(0), position(s)) })
		require.NoError(t, err)
		return wallet.Balance
	}
	require.EqualValues(t, 700, ask())

	next := projections.Wallets()
	next.Version++
	next.DDL = `CREATE TABLE wallets (user_id uuid PRIMARY KEY, balance text NOT NULL, position bigint NOT NULL);
		CREATE TABLE wallet_entries (user_id uuid, position bigint, entry_id uuid, amount bigint, balance bigint, at timestamptz, kind text, PRIMARY KEY (user_id, position))`
	next.Bulk = nil
	b := rebuild.New(pool, log, rebuild.Options{})
	require.NoError(t, b.Build(t.Context(), []projections.Projection{next}))
	_, err := b.Swap(t.Context(), next)
	require.NoError(t, err)

	require.EqualValues(t, 700, ask(), "from the former build")
	seen := len(s.Events())
	s.Charge(s.User(0), 1)
	log.Append(s.Events()[seen:]...)
	require.EqualValues(t, 701, ask(), "which is kept current")

	found, err := rebuild.DropFormer(t.Context(), pool, next.Name)
	require.ErrorIs(t, err, rebuild.ErrInUse)
	require.False(t, found)
	_, err = b.Rollback(t.Context(), next)
	require.NoError(t, err)
	require.EqualValues(t, 701, ask())
	_, err = b.Swap(t.Context(), next)
	require.NoError(t, err)
	require.EqualValues(t, 701, ask())

	_, err = rebuild.Discard(t.Context(), pool, next.Name, projections.Former)
	require.NoError(t, err)
	_, err = wallets.Ask(t.Context(), s.User(0), 0)
	require.ErrorIs(t, err, projections.ErrNoVersion)
	require.ErrorIs(t, err, eventstore.ErrUnavailable, "another instance can answer")
}
