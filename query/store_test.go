package query_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/eventstore"
	"github.com/holdfast-dev/holdfast/projections/history"
	"github.com/holdfast-dev/holdfast/query"
)

func TestStoreWaitsForItsPosition(t *testing.T) {
	t.Parallel()
	s := history.New(1)
	log := history.NewLog(nil)
	question := query.NewWalletOfUser(query.NewStore(tables(t, log)))
	var asking sync.WaitGroup
	for n := range 20 {
		seen := len(s.Events())
		s.Charge(s.User(n), 500)
		log.Append(s.Events()[seen:]...)
		want := position(s)
		asking.Go(func() {
			wallet, err := question.Ask(t.Context(), s.User(n), want)
			if err != nil || wallet.Balance != 500 {
				t.Errorf("user %d: %v, %v", n, wallet, err)
			}
		})
	}
	asking.Wait()
}

func TestStoreThatStaysBehindSaysSo(t *testing.T) {
	t.Parallel()
	s := history.New(1)
	s.Charge(s.User(0), 500)
	question := query.NewWalletOfUser(query.NewStore(tables(t, history.NewLog(s.Events()))))
	began := time.Now()
	_, err := question.Ask(t.Context(), s.User(0), position(s)+1)
	require.ErrorIs(t, err, query.ErrBehind)
	require.GreaterOrEqual(t, time.Since(began), query.Patience)

	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err = question.Ask(ctx, s.User(0), position(s)+1)
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.NotErrorIs(t, err, query.ErrBehind)
}

// One who waits in vain and one who does not are served by the same looks.
func TestStoreServesThePatientAndTheHopeless(t *testing.T) {
	t.Parallel()
	s := history.New(1)
	log := history.NewLog(nil)
	question := query.NewWalletOfUser(query.NewStore(tables(t, log)))
	var hopeless sync.WaitGroup
	hopeless.Go(func() {
		_, err := question.Ask(t.Context(), s.User(0), 1_000_000)
		if err == nil {
			t.Error("saw a position that does not exist")
		}
	})
	for range 10 {
		s.Charge(s.User(0), 1)
		log.Append(s.Events()[len(s.Events())-1])
		_, err := question.Ask(t.Context(), s.User(0), position(s))
		require.NoError(t, err)
	}
	hopeless.Wait()
}

func TestStoreWithoutADatabase(t *testing.T) {
	t.Parallel()
	pool := tables(t, history.NewLog(nil))
	store := query.NewStore(pool)
	_, err := pool.Exec(t.Context(), `ALTER TABLE holdfast_read.wallets RENAME TO gone`)
	require.NoError(t, err)
	_, err = query.NewWalletOfUser(store).Ask(t.Context(), nobody, 0)
	require.ErrorContains(t, err, "wallets")
	require.NotErrorIs(t, err, eventstore.ErrUnavailable, "a fault of the program")

	closed, err := eventstore.Connect(t.Context(), "postgres://nobody@127.0.0.1:1/none", eventstore.RoleProjector)
	require.NoError(t, err)
	closed.Close()
	_, err = query.NewWalletOfUser(query.NewStore(closed)).Ask(t.Context(), nobody, 0)
	require.ErrorIs(t, err, eventstore.ErrUnavailable)
}
