package reactors_test

import (
	"errors"
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/eventstore"
	"github.com/holdfast-dev/holdfast/reactors"
)

func TestWhatIsAwayIsWaitedFor(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	var back atomic.Bool
	cause := errors.New("connection refused")
	j := &journal{t: t}
	last := h.record(wanted, wanted, wanted, wanted)
	runner, _ := h.run(quick, reactor("dependent", j.note(func(_ *message.Message, position eventstore.Position) error {
		if position == 3 && !back.Load() {
			return fmt.Errorf("%w: %w", reactors.ErrAway, cause)
		}
		return nil
	})))
	h.eventually(func() bool { return j.times(3) > 8 }, "it goes on trying, beyond all its tries")
	require.Empty(t, h.letters())
	require.EqualValues(t, 2, h.offset("dependent"), "what was done before is done")
	require.ErrorIs(t, runner.Tallies()[0].Err, cause, "it is shown")
	back.Store(true)
	h.eventually(func() bool { return h.offset("dependent") == last }, "it goes on")
	for _, position := range []eventstore.Position{1, 2, 4} {
		require.Equal(t, 1, j.times(position), "position %d", position)
	}
	require.Empty(t, h.letters())
	require.NoError(t, runner.Tallies()[0].Err)
}

func TestLogsThatWereRestored(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	j := &journal{t: t}
	runner, _ := h.run(quick, reactor("stranded", j.note(nil)))
	h.record(wanted, wanted, wanted)
	h.eventually(func() bool { return h.offset("stranded") == 3 }, "it has caught up")

	h.owner(`DELETE FROM holdfast.events WHERE position > 1`)
	says := func(want string) func() bool {
		return func() bool {
			err := runner.Tallies()[0].Err
			return err != nil && err.Error() == want
		}
	}
	const then = "; say where it goes on: holdfast reactors move stranded --to POSITION"
	h.eventually(says("could not unmarshal message from query: reactor stranded has worked through position 3, and the log ends at 1: "+
		"it was restored from an older copy"+then), "the fault is named")

	// Grown again beyond the offset, it is another log.
	h.owner(`
		INSERT INTO holdfast.events (position, version, recorded_at, stream, type, payload, metadata)
		SELECT n, n - 1, now(), 'again', $1, '{}', '{}' FROM generate_series(2, 5) n`, wanted)
	h.eventually(says("could not unmarshal message from query: reactor stranded has worked through position 3 of another log than this one: "+
		"it was restored from an older copy and has grown again"+then), "the fault is named")
	require.Equal(t, []eventstore.Position{1, 2, 3}, j.seen(), "it does nothing meanwhile")

	require.ErrorContains(t, reactors.Move(t.Context(), h.pool, "stranded", 6), "the log has no position 6")
	require.ErrorIs(t, reactors.Move(t.Context(), h.pool, "nobody", 1), reactors.ErrNoReactor)
	h.eventually(func() bool { return reactors.Move(t.Context(), h.pool, "stranded", 1) == nil }, "it is moved")
	h.eventually(func() bool { return h.offset("stranded") == 5 }, "it goes on")
	require.Equal(t, []eventstore.Position{1, 2, 3, 2, 3, 4, 5}, j.seen())
	require.NoError(t, runner.Tallies()[0].Err)
}

func TestLettersOfALogThatIsGone(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	_, stop := h.run(quick, reactor("old", func(*message.Message) error { return reactors.ErrHopeless }))
	h.record(wanted)
	h.eventually(func() bool { return len(h.letters()) == 1 }, "it is dead")
	stop()
	h.owner(`UPDATE holdfast.events SET recorded_at = recorded_at + interval '1 s'`)
	letter := h.letters()[0]
	require.Empty(t, letter.Type)
	require.ErrorContains(t, reactors.Ask(t.Context(), h.pool, letter.ID), "the log has no such event at position 1")
	require.NoError(t, reactors.Discard(t.Context(), h.pool, letter.ID, "of a log that is gone", "ada"))
}

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	fine := func(*message.Message) error { return nil }
	for says, all := range map[string][]reactors.Reactor{
		`reactor name "" is not 1 to 60`:          {reactor("", fine)},
		`reactor name "A b" is not 1 to 60`:       {reactor("A b", fine)},
		"reactor lazy has no handler":             {reactor("lazy", nil)},
		"reactor dull wants no type of event":     {{Name: "dull", Handle: fine}},
		"reactor odd wants a type without a name": {{Name: "odd", Handle: fine, Types: []string{""}}},
		"there are two reactors named twin":       {reactor("twin", fine), reactor("twin", fine)},
		"a pool of 6 connections is too small for 3 reactors: they need 8": {
			reactor("a", fine), reactor("b", fine), reactor("c", fine),
		},
	} {
		_, err := reactors.Open(t.Context(), h.pool, h.log, reactors.Options{}, all...)
		require.ErrorContains(t, err, says)
	}
}

func TestReactorsCannotChangeTheLog(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.record(wanted)
	for _, sql := range []string{
		`INSERT INTO holdfast.events SELECT * FROM holdfast.events`,
		`UPDATE holdfast.events SET stream = 'x'`,
		`DELETE FROM holdfast.events`,
		`DELETE FROM holdfast_reactors.dead_letters`,
	} {
		_, err := h.pool.Exec(t.Context(), sql)
		require.ErrorContains(t, err, "permission denied", sql)
	}
}
