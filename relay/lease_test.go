package relay_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/eventstore"
	"github.com/holdfast-dev/holdfast/relay"
)

// takeAs takes the checkpoint, once that is possible.
func takeAs(t *testing.T, f *fixture, owner string, term time.Duration) (*relay.Lease, relay.Checkpoint) {
	t.Helper()
	var held *relay.Lease
	var at relay.Checkpoint
	require.Eventually(t, func() bool {
		var err error
		held, at, err = relay.Take(t.Context(), f.pool, relay.Options{Owner: owner, Lease: term}.WithDefaults())
		require.NoError(t, err)
		return held != nil
	}, patience, time.Millisecond)
	return held, at
}

func event(position int) eventstore.Event {
	return eventstore.Event{Position: eventstore.Position(position), RecordedAt: time.Now()}
}

func TestAFormerOwnerMovesNothing(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	stalled, _ := takeAs(t, f, "stalled", time.Millisecond)
	require.NoError(t, relay.Advance(stalled, t.Context(), event(10)))
	current, at := takeAs(t, f, "current", time.Hour)
	require.EqualValues(t, 10, at.Position)
	require.EqualValues(t, 2, at.Epoch)
	require.NoError(t, relay.Advance(current, t.Context(), event(20)))

	require.ErrorIs(t, relay.Advance(stalled, t.Context(), event(15)), relay.ErrFenced, "back")
	require.ErrorIs(t, relay.Advance(stalled, t.Context(), event(30)), relay.ErrFenced, "forth")
	_, err := relay.Renew(t.Context(), stalled, "of mine", 100)
	require.ErrorIs(t, err, relay.ErrFenced)
	require.NoError(t, relay.Release(stalled, t.Context()))
	c := f.checkpoint(t)
	require.EqualValues(t, 20, c.Position)
	require.Equal(t, "current", c.Owner)
	require.Empty(t, c.Trouble)
	require.True(t, c.Held, "nor does it give away what it has not")
}

func TestTheCheckpointNeverGoesBack(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	held, _ := takeAs(t, f, "one", time.Hour)
	require.NoError(t, relay.Advance(held, t.Context(), event(20)))
	require.Error(t, relay.Advance(held, t.Context(), event(19)))
	require.EqualValues(t, 20, f.checkpoint(t).Position)
}

// A renewal may be told of trouble and come to the database after the checkpoint
// has moved past it.
func TestTroubleEndsWithItsBatch(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	held, _ := takeAs(t, f, "one", time.Hour)
	require.NoError(t, relay.Advance(held, t.Context(), event(20)))
	for until, told := range map[eventstore.Position]string{19: "", 20: "", 21: "broken"} {
		c, err := relay.Renew(t.Context(), held, "broken", until)
		require.NoError(t, err)
		require.Equal(t, told, c.Trouble, "from %d on", until)
		require.Equal(t, told == "", c.TroubleAt.IsZero())
	}
	first, err := relay.Renew(t.Context(), held, "broken", 21)
	require.NoError(t, err)
	again, err := relay.Renew(t.Context(), held, "broken", 21)
	require.NoError(t, err)
	require.Equal(t, first.TroubleAt, again.TroubleAt)
	require.NoError(t, relay.Advance(held, t.Context(), event(21)))
	require.Empty(t, f.checkpoint(t).Trouble)
}

func TestOneOfManyTakesIt(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	const many = 16
	taken := make(chan bool, many)
	for range many {
		go func() {
			held, _, err := relay.Take(t.Context(), f.pool, relay.Options{}.WithDefaults())
			taken <- err == nil && held != nil
		}()
	}
	winners := 0
	for range many {
		if <-taken {
			winners++
		}
	}
	require.Equal(t, 1, winners)
}

func TestADeadOwnerIsReplacedWithinFiveSeconds(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.grow(t, 10)
	defaults := relay.Options{}.WithDefaults()
	dead, _ := takeAs(t, f, "dead", defaults.Lease)
	_, err := relay.Renew(t.Context(), dead, "", 100)
	require.NoError(t, err)
	died := time.Now()
	f.start(t, (&fakeKafka{}).connect, relay.Options{})
	f.awaitCheckpoint(t, 10)
	require.Less(t, time.Since(died), 5*time.Second)
	require.Greater(t, time.Since(died), defaults.Lease-100*time.Millisecond, "and not while it may live")
}
