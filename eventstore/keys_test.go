package eventstore_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/eventstore"
)

// keyed appends notes to streams under a key.
func keyed(ctx context.Context, s store, key eventstore.Key, streams ...string) (eventstore.Receipt, error) {
	events := make([]eventstore.NewEvent, len(streams))
	for i, stream := range streams {
		events[i] = note(stream, fmt.Sprintf("%x %d", key.ID, i), "t")
	}
	return s.writer.Append(ctx, eventstore.Commit{Key: key, Events: events})
}

func TestARepeatedKeyAnswersWithTheFirstReceipt(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	key := keyOf("k", "request")
	first, err := keyed(t.Context(), s, key, "a", "b", "a")
	require.NoError(t, err)
	require.False(t, first.Replayed)
	mustAppend(t, s, "a", "goes on")

	elsewhere := openStore(t, urlOf(s), settings{})
	for _, through := range []store{s, elsewhere, s} {
		again, err := keyed(t.Context(), through, key, "a", "b", "a")
		require.NoError(t, err)
		require.True(t, again.Replayed)
		require.Equal(t, first.Events, again.Events)

		_, err = keyed(t.Context(), through, keyOf("k", "other request"), "a")
		require.ErrorIs(t, err, eventstore.ErrKeyReused)
	}
	requireLength(t, s.log, 4)
}

func TestTheSameKeyManyTimesAtOnce(t *testing.T) {
	t.Parallel()
	for name, writers := range map[string]int{"one writer": 1, "three writers": 3} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			stores := openStores(t, writers, settings{})
			const keys, times = 25, 64
			for k := range keys {
				key := keyOf(fmt.Sprintf("key-%d", k), "request")
				receipts := make([]eventstore.Receipt, times)
				var all sync.WaitGroup
				for i := range times {
					all.Go(func() {
						s := stores[i%len(stores)]
						fingerprint := key
						if i%8 == 7 {
							fingerprint.Fingerprint[15] = 1
						}
						var err error
						receipts[i], err = keyed(t.Context(), s, fingerprint, "hot", fmt.Sprintf("cold-%d", k))
						// Of two requests under one key either may be first.
						if err != nil && !errors.Is(err, eventstore.ErrKeyReused) {
							t.Errorf("key %d: %v", k, err)
						}
					})
				}
				all.Wait()
				requireOneEffect(t, receipts)
			}
			requireLength(t, stores[0].log, 2*keys)
		})
	}
}

// requireOneEffect requires that all receipts that are not empty are of the
// same events, and that one of them is the first.
func requireOneEffect(t *testing.T, receipts []eventstore.Receipt) {
	t.Helper()
	var first *eventstore.Receipt
	for i := range receipts {
		if len(receipts[i].Events) > 0 && !receipts[i].Replayed {
			require.Nil(t, first, "two callers were the first")
			first = &receipts[i]
		}
	}
	require.NotNil(t, first)
	for _, r := range receipts {
		if len(r.Events) > 0 {
			require.Equal(t, first.Events, r.Events)
		}
	}
}

func TestARefusalIsNotRemembered(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	key := keyOf("k", "request")
	commit := eventstore.Commit{
		Key: key, Expect: map[string]eventstore.Version{"a": 1}, Events: []eventstore.NewEvent{note("a", "")},
	}
	var all sync.WaitGroup
	for range 32 {
		all.Go(func() {
			_, err := s.writer.Append(t.Context(), commit)
			if _, ok := errors.AsType[*eventstore.ConflictError](err); !ok {
				t.Errorf("got %v", err)
			}
		})
	}
	all.Wait()
	mustAppend(t, s, "a", "1")
	receipt, err := s.writer.Append(t.Context(), commit)
	require.NoError(t, err)
	require.False(t, receipt.Replayed)
	requireLength(t, s.log, 2)
}

// What a command would decide today does not matter once its key is recorded:
// by then it would refuse, even for what it has done itself.
func TestAKeyOutweighsARefusal(t *testing.T) {
	t.Parallel()
	stores := openStores(t, 2, settings{})
	commit := eventstore.Commit{
		Key: keyOf("k", "request"), Expect: map[string]eventstore.Version{"a": 0}, Events: []eventstore.NewEvent{note("a", "")},
	}
	mustAppend(t, stores[1], "other", "connected, and knows nothing of a")
	first, err := stores[0].writer.Append(t.Context(), commit)
	require.NoError(t, err)
	for _, s := range stores {
		for range 3 {
			again, err := s.writer.Append(t.Context(), commit)
			require.NoError(t, err)
			require.True(t, again.Replayed)
			require.Equal(t, first.Events, again.Events)
		}
	}
	commit.Key.Fingerprint[0]++
	_, err = stores[1].writer.Append(t.Context(), commit)
	require.ErrorIs(t, err, eventstore.ErrKeyReused)
	requireLength(t, stores[0].log, 2)
}

// Repeated keys among others cost the others nothing but time.
func TestRepeatedKeysAmongOthers(t *testing.T) {
	t.Parallel()
	stores := openStores(t, 2, settings{})
	const old, all = 10, 300
	for k := range old {
		_, err := keyed(t.Context(), stores[0], keyOf(fmt.Sprintf("key-%d", k), ""), "s")
		require.NoError(t, err)
	}
	var sending sync.WaitGroup
	for k := range all {
		sending.Go(func() {
			receipt, err := keyed(t.Context(), stores[k%2], keyOf(fmt.Sprintf("key-%d", k), ""), "s", "t")
			if err != nil || receipt.Replayed != (k < old) {
				t.Errorf("key %d: replayed %t, %v", k, receipt.Replayed, err)
			}
		})
	}
	sending.Wait()
	requireLength(t, stores[0].log, old+2*(all-old))
}

// A command that has nothing to record leaves no trace of its key.
func TestACommandWithoutEventsDoesNotUseItsKey(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	key := keyOf("k", "request")
	for range 2 {
		receipt, err := keyed(t.Context(), s, key)
		require.NoError(t, err)
		require.Empty(t, receipt.Events)
		require.False(t, receipt.Replayed)
	}
	receipt, err := keyed(t.Context(), s, key, "a")
	require.NoError(t, err)
	require.Len(t, receipt.Events, 1)
}

// A caller may add to the events of his receipt without touching another's.
func TestReceiptsAreApart(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	var all sync.WaitGroup
	for i := range 64 {
		all.Go(func() {
			r, err := keyed(t.Context(), s, keyOf(fmt.Sprintf("key-%d", i/2), ""), "a", fmt.Sprintf("cold-%d", i))
			if err != nil {
				t.Error(err)
				return
			}
			if len(r.Events) != cap(r.Events) {
				t.Errorf("room for %d events behind a receipt of %d", cap(r.Events)-len(r.Events), len(r.Events))
			}
		})
	}
	all.Wait()
}
