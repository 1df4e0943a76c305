package reactors_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/eventstore"
	"github.com/holdfast-dev/holdfast/reactors"
)

// Wait counts.
func (l *countingLog) Wait(ctx context.Context, after eventstore.Position) error {
	l.waits.Add(1)
	return l.Log.Wait(ctx, after)
}

// run runs a runner until the test ends.
func run(t *testing.T, runner *reactors.Runner) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	ended := make(chan error, 1)
	go func() { ended <- runner.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		require.NoError(t, <-ended)
	})
}

func TestOfSeveralInstancesOneWorksAtATime(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	j := &journal{t: t}
	slow := func(*message.Message, eventstore.Position) error {
		time.Sleep(time.Millisecond) // gives another instance the time to be at it too
		return nil
	}
	var stops []func()
	for range 3 {
		_, stop := h.run(quick, reactor("single", j.note(slow)))
		stops = append(stops, stop)
	}
	var last eventstore.Position
	for range 60 {
		last = h.record(wanted, other)
	}
	h.eventually(func() bool { return j.count() >= 60 }, "all are handled")
	h.eventually(func() bool { return h.offset("single") == last }, "the offset follows")
	seen := j.seen()
	require.Len(t, seen, 60, "none is handled twice")
	require.True(t, slices.IsSorted(seen), "one order over all instances")
	require.Equal(t, 1, j.mostAtOnce())

	// Whichever of them goes, the others go on.
	for i, stop := range stops {
		stop()
		if i < len(stops)-1 {
			h.record(wanted)
			h.eventually(func() bool { return j.count() == 61+i }, "another one takes over")
		}
	}
}

func TestSlowHandlersAreNeverRunTwiceAtATime(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	j := &journal{t: t}
	release := make(chan struct{})
	r := reactor("slow", j.note(func(msg *message.Message, _ eventstore.Position) error {
		<-msg.Context().Done() // longer than its time-out
		<-release              // and it does not even heed it
		return nil
	}))
	r.Timeout = 10 * time.Millisecond
	first, _ := h.run(quick, r)
	second, _ := h.run(quick, r)
	counted := func() int64 { return first.Tallies()[0].Tried + second.Tallies()[0].Tried }
	position := h.record(wanted)
	h.eventually(func() bool { return j.count() == 1 }, "it has begun")
	// Whoever stands by has looked often while the handler hangs.
	clock := &journal{t: t}
	h.run(quick, reactor("clock", clock.note(nil)))
	for range 20 {
		position = h.record(wanted)
		h.eventually(func() bool { return clock.times(position) == 1 }, "time passes")
	}
	require.Equal(t, 1, j.count())
	close(release)
	h.eventually(func() bool { return h.offset("slow") == position }, "it is done")
	require.Equal(t, clock.seen(), j.seen(), "each once, in order")
	require.Equal(t, 1, j.mostAtOnce())
	require.EqualValues(t, 21, counted())
}

func TestCancelledInTheMiddleMeansAgain(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	j := &journal{t: t}
	impatient := quick
	impatient.Patience = 10 * time.Millisecond
	_, stop := h.run(impatient, reactor("cut", j.note(func(msg *message.Message, _ eventstore.Position) error {
		<-msg.Context().Done()
		return msg.Context().Err()
	})))
	position := h.record(wanted, other, wanted)
	h.eventually(func() bool { return j.count() == 1 }, "it has begun")
	stop()
	require.Empty(t, h.letters(), "an event is not dead because the server stops")
	require.EqualValues(t, 0, h.offset("cut"))

	h.run(quick, reactor("cut", j.note(nil)))
	h.eventually(func() bool { return h.offset("cut") == position }, "it goes on")
	require.Equal(t, []eventstore.Position{1, 1, 3}, j.seen())
}

func TestStoppingIsBoundedWhateverTheHandlerDoes(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	j := &journal{t: t}
	release := make(chan struct{})
	t.Cleanup(func() { close(release) })
	impatient := quick
	impatient.Patience = 20 * time.Millisecond
	_, stop := h.run(impatient, reactor("stubborn", j.note(func(*message.Message, eventstore.Position) error {
		<-release
		return nil
	})))
	h.record(wanted)
	h.eventually(func() bool { return j.count() == 1 }, "it has begun")
	began := time.Now()
	stop()
	require.Less(t, time.Since(began), 5*time.Second)
}

func TestStoppingWaitsForNoNextTry(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	j := &journal{t: t}
	r := reactor("hesitant", j.note(func(*message.Message, eventstore.Position) error { return context.DeadlineExceeded }))
	r.FirstPause, r.LongestPause = time.Hour, time.Hour
	_, stop := h.run(quick, r)
	h.record(wanted)
	h.eventually(func() bool { return j.count() == 1 }, "it has failed once")
	began := time.Now()
	stop()
	require.Less(t, time.Since(began), patience/2)
	require.Empty(t, h.letters())
}
