package relay_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/eventstore"
	"github.com/holdfast-dev/holdfast/relay"
)

func TestTheLogArrivesOnceAndInOrderAcrossRestarts(t *testing.T) {
	t.Parallel()
	f, broker := newFixture(t), startBroker(t)
	f.grow(t, 2500)
	_, stop := f.start(t, connectTo(broker.Addr()), relay.Options{Batch: 400})
	f.awaitCheckpoint(t, 2500)
	f.grow(t, 1)
	f.awaitCheckpoint(t, 2501)
	stop()
	require.False(t, f.checkpoint(t).Held, "an orderly end gives the lease back")

	f.grow(t, 999)
	r, _ := f.start(t, connectTo(broker.Addr()), relay.Options{Batch: 400})
	f.awaitCheckpoint(t, 3500)
	requireLog(t, records(t, broker, relay.DefaultTopic), 3500, 0)
	c := f.checkpoint(t)
	require.EqualValues(t, 2, c.Epoch)
	require.Zero(t, c.Lag())
	require.Zero(t, c.Delay())
	require.Eventually(t, func() bool { s := r.Status(); return s.Position == 3500 && s.Published == 999 && s.Working }, patience, time.Millisecond)
}

func TestEachCategoryHasItsTopic(t *testing.T) {
	t.Parallel()
	f, broker := newFixture(t), startBroker(t)
	f.grow(t, 1000)
	f.start(t, connectTo(broker.Addr()), relay.Options{Topics: relay.Topics{Base: "sale", PerCategory: true}, Batch: 150})
	f.awaitCheckpoint(t, 1000)
	requireLog(t, records(t, broker, "sale.odd"), 500, 0)
	requireLog(t, records(t, broker, "sale.even"), 500, 0)
}

func TestABrokerThatIsCutInMidBatchLosesNothing(t *testing.T) {
	t.Parallel()
	f, broker := newFixture(t), startBroker(t)
	f.grow(t, 500)
	f.start(t, connectTo(broker.Addr()), relay.Options{Batch: 500})
	f.awaitCheckpoint(t, 500)
	// A batch is some 250 kB: no connection lives through one.
	require.NoError(t, broker.CutAfter(50_000))
	f.grow(t, 4000)
	for range 4 {
		require.Eventually(t, func() bool { broker.Cut(); return broker.Mend() == nil }, patience, 100*time.Millisecond)
	}
	require.Less(t, int(f.checkpoint(t).Position), 4500, "the fault does not let everything through")
	broker.Heal()
	f.awaitCheckpoint(t, 4500)
	requireLog(t, records(t, broker, relay.DefaultTopic), 4500, 0)
}

func TestKafkaMayBeAwayFromTheStart(t *testing.T) {
	t.Parallel()
	f, broker := newFixture(t), startBroker(t)
	broker.Cut()
	f.grow(t, 100)
	r, _ := f.start(t, connectTo(broker.Addr()), relay.Options{Lease: 300 * time.Millisecond, MaxBackoff: 100 * time.Millisecond})
	require.EventuallyWithT(t, func(is *assert.CollectT) {
		c := f.checkpoint(t)
		require.Contains(is, c.Trouble, "connection refused")
		require.Contains(is, c.Trouble, broker.Addr())
		require.EqualValues(is, 100, c.Lag())
		require.Positive(is, c.Delay())
		require.True(is, c.Held, "it goes on trying")
	}, patience, 5*time.Millisecond)
	// The relay's own status follows what it has told the others.
	require.EventuallyWithT(t, func(is *assert.CollectT) {
		s := r.Status()
		require.EqualValues(is, 100, s.Lag())
		require.Contains(is, s.Trouble, "connection refused")
		require.Positive(is, s.Failures)
	}, patience, 5*time.Millisecond)

	f.grow(t, 900) // nobody who writes notices
	require.NoError(t, broker.Mend())
	f.awaitCheckpoint(t, 1000)
	requireLog(t, records(t, broker, relay.DefaultTopic), 1000, 0)
	// A renewal that was under way may still tell of the past.
	require.Eventually(t, func() bool { return f.checkpoint(t).Trouble == "" && r.Status().Trouble == "" }, patience, 5*time.Millisecond)
}

func TestALogThatIsNotTheOneThatWasSentIsRefused(t *testing.T) {
	t.Parallel()
	for name, planted := range map[string]struct{ change, says string }{
		"ends before":       {`UPDATE holdfast_relay.checkpoints SET position = 500`, "position 500 has been sent, and the log ends at 110"},
		"has another event": {`UPDATE holdfast_relay.checkpoints SET event_at = event_at - interval '1 second'`, "position 100 has been sent, and the log has an event there that was recorded at"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			f.grow(t, 100)
			fake := &fakeKafka{}
			_, stop := f.start(t, fake.connect, relay.Options{})
			f.awaitCheckpoint(t, 100)
			stop()
			_, err := f.owner.Exec(t.Context(), planted.change)
			require.NoError(t, err)
			f.grow(t, 10)
			r, _ := f.start(t, fake.connect, relay.Options{Lease: 100 * time.Millisecond, MaxBackoff: 50 * time.Millisecond})
			require.Eventually(t, func() bool { return r.Status().Err != nil }, patience, time.Millisecond)
			require.ErrorIs(t, r.Status().Err, relay.ErrLogChanged)
			require.Eventually(t, func() bool { return f.checkpoint(t).Trouble != "" }, patience, time.Millisecond, "others are told")
			require.Equal(t, eventstore.Position(100), fake.last(), "nothing is sent")
		})
	}
}
