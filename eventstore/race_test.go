package eventstore_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/eventstore"
)

// race lets racers append to a stream at every version from 0 on, and requires
// that of those who want a version exactly one gets it.
func race(t *testing.T, stores []store, stream string, racers, versions int) {
	t.Helper()
	winners := make([]atomic.Int32, versions)
	var all sync.WaitGroup
	for racer := range racers {
		all.Go(func() {
			s := stores[racer%len(stores)]
			for version := range versions {
				receipt, err := s.writer.Append(t.Context(), eventstore.Commit{
					Expect: map[string]eventstore.Version{stream: eventstore.Version(version)},
					Events: []eventstore.NewEvent{note(stream, "")},
				})
				if err == nil {
					winners[version].Add(1)
					if got := receipt.Events[0].Version; got != eventstore.Version(version+1) {
						t.Errorf("won version %d and was given %d", version+1, got)
					}
					continue
				}
				conflict, ok := errors.AsType[*eventstore.ConflictError](err)
				switch {
				case !ok:
					t.Errorf("racing for version %d: %v", version+1, err)
				case conflict.Expected != eventstore.Version(version) || conflict.Actual <= conflict.Expected:
					t.Errorf("racing for version %d: %v, which is no reason", version+1, err)
				}
			}
		})
	}
	all.Wait()
	for version := range versions {
		require.EqualValues(t, 1, winners[version].Load(), "winners of version %d", version+1)
	}
}

func TestOfManyRacersOneWinsEachVersion(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	const versions = 1_000
	race(t, []store{s}, "hot", 64, versions)
	requireLength(t, s.log, versions)
	events, err := s.log.ReadStream(t.Context(), "hot", 0, versions+1)
	require.NoError(t, err)
	require.Len(t, events, versions)
}

func TestOfManyRacersThroughThreeWritersOneWinsEachVersion(t *testing.T) {
	t.Parallel()
	stores := openStores(t, 3, settings{})
	const versions = 100
	race(t, stores, "hot", 48, versions)
	requireLength(t, stores[0].log, versions)
}

// Many clients of three writers append to streams hot and cold, alone and
// several at once. Nobody fails, and the log has what the receipts say.
func TestThreeWritersShareOneLog(t *testing.T) {
	t.Parallel()
	stores := openStores(t, 3, settings{})
	const clients, each = 24, 40
	var mu sync.Mutex
	received := map[eventstore.Position]eventstore.Event{}
	var all sync.WaitGroup
	for client := range clients {
		all.Go(func() {
			s := stores[client%len(stores)]
			for i := range each {
				events := []eventstore.NewEvent{note(fmt.Sprintf("cold-%d-%d", client, i), "", "some")}
				if rand.IntN(2) == 0 {
					events = append(events, note(fmt.Sprintf("hot-%d", rand.IntN(3)), "", "others"), note("hottest", ""))
				}
				receipt, err := s.writer.Append(t.Context(), eventstore.Commit{Events: events})
				if err != nil {
					t.Errorf("append: %v", err)
					return
				}
				mu.Lock()
				for _, e := range receipt.Events {
					received[e.Position] = e
				}
				mu.Unlock()
			}
		})
	}
	all.Wait()
	events := readAll(t, stores[1].log)
	require.Len(t, received, len(events))
	for _, e := range events {
		require.Equal(t, received[e.Position], e)
	}
}

// A writer that was alone finds company, and is alone again, many times over.
func TestCompanyComesAndGoes(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var alone, together int
	stores := openStores(t, 2, settings{writer: eventstore.WriterOptions{OnGroup: func(g eventstore.GroupStats) {
		mu.Lock()
		defer mu.Unlock()
		if g.Way == eventstore.Alone {
			alone++
		} else {
			together++
		}
	}}})
	const rounds = 6
	for range rounds {
		mustAppend(t, stores[1], "s", "interrupts")
		for range 20 {
			mustAppend(t, stores[0], "s", "is alone soon")
		}
	}
	requireLength(t, stores[0].log, rounds*21)
	mu.Lock()
	defer mu.Unlock()
	require.GreaterOrEqual(t, together, rounds, "groups in company")
	require.GreaterOrEqual(t, alone, rounds, "groups alone")
}

// A writer that has missed more than it reads under the lock starts from
// scratch.
func TestWriterThatHasMissedALot(t *testing.T) {
	t.Parallel()
	stores := openStores(t, 2, settings{})
	mustAppend(t, stores[0], "s", "1")
	const many = 6_000
	events := make([]eventstore.NewEvent, many)
	for i := range events {
		events[i] = note("s", "")
	}
	_, err := stores[1].writer.Append(t.Context(), eventstore.Commit{Events: events})
	require.NoError(t, err)

	_, err = stores[0].writer.Append(t.Context(), eventstore.Commit{Expect: map[string]eventstore.Version{"s": 1}})
	conflict, ok := errors.AsType[*eventstore.ConflictError](err)
	require.True(t, ok, "got %v", err)
	require.EqualValues(t, many+1, conflict.Actual)
	receipt := mustAppend(t, stores[0], "s", "2")
	require.EqualValues(t, many+2, receipt.Events[0].Version)
}
