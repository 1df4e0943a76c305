package eventstore_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/eventstore"
)

var errSeenAll = errors.New("seen all")

// Followers at different places of a busy log each see every event once, in
// order, and what they see is what the log holds.
func TestFollowersMissNothing(t *testing.T) {
	t.Parallel()
	stores := openStores(t, 2, settings{})
	shared := eventstore.NewFollowers(stores[0].log)
	const writers, each = 4, 150
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()

	var seen [4][]eventstore.Event
	var following, writing sync.WaitGroup
	for i := range seen {
		following.Go(func() {
			err := shared.Follow(ctx, 0, func(_ context.Context, page []eventstore.Event) error {
				seen[i] = append(seen[i], page...)
				if i%2 == 1 { // a slow one
					time.Sleep(time.Duration(i) * time.Millisecond)
				}
				if len(seen[i]) >= writers*each {
					return errSeenAll
				}
				return nil
			})
			if !errors.Is(err, errSeenAll) {
				t.Errorf("follower %d: %v", i, err)
			}
		})
	}
	for w := range writers {
		writing.Go(func() {
			for i := range each {
				if _, err := appended(ctx, stores[w%2], fmt.Sprintf("s-%d-%d", w, i%7)); err != nil {
					t.Errorf("append: %v", err)
					return
				}
			}
		})
	}
	writing.Wait()
	following.Wait()
	want := readAll(t, stores[0].log)
	for i := range seen {
		require.Equal(t, want, seen[i])
	}
}

func TestFollowersReadOnceForAll(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	mustAppend(t, s, "s", "1", "2", "3")
	shared := eventstore.NewFollowers(s.log)
	first, err := shared.Read(t.Context(), 0, 10)
	require.NoError(t, err)
	require.Len(t, first, 3)
	// The database is not asked for what was just read, and for all else it is.
	s.pool.Close()
	again, err := shared.Read(t.Context(), 1, 1)
	require.NoError(t, err)
	require.Equal(t, first[1:2], again)
	_, err = shared.Read(t.Context(), 3, 10)
	require.ErrorIs(t, err, eventstore.ErrUnavailable)
	// What was read is not handed on for long.
	eventually(t, "the page to be too old", func() bool {
		_, err := shared.Read(t.Context(), 0, 10)
		return err != nil
	})
}
