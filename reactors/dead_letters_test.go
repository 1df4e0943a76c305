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
	"github.com/holdfast-dev/holdfast/relay/envelope"
)

// poisoned is a journal whose handler cannot cope with one event while it is
// ill.
func poisoned(t *testing.T, bad eventstore.Position, err error) (j *journal, handle message.NoPublishHandlerFunc, ill *atomic.Bool) {
	t.Helper()
	j, ill = &journal{t: t}, &atomic.Bool{}
	ill.Store(true)
	handle = j.note(func(_ *message.Message, position eventstore.Position) error {
		if position == bad && ill.Load() {
			return err
		}
		return nil
	})
	return j, handle, ill
}

func TestOneBadEventStopsNobody(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	j, handle, _ := poisoned(t, 2, errors.New("cannot digest this"))
	last := h.record(wanted, wanted, wanted, other, wanted)
	h.run(quick, reactor("picky", handle))
	h.eventually(func() bool { return h.offset("picky") == last }, "it goes on behind the bad event")
	require.Equal(t, []eventstore.Position{1, 2, 2, 2, 3, 5}, j.seen(), "three tries, then the next")

	letters := h.letters()
	require.Len(t, letters, 1)
	letter := letters[0]
	require.Equal(t, "picky", letter.Reactor)
	require.Equal(t, reactors.LetterOpen, letter.State)
	require.EqualValues(t, 2, letter.Position)
	require.Equal(t, "thing-1", letter.Stream)
	require.Equal(t, wanted, letter.Type)
	require.Equal(t, 3, letter.Attempts)
	require.Equal(t, "cannot digest this", letter.Reason)
	require.False(t, letter.DiedAt.IsZero())
	require.Nil(t, letter.SettledAt)

	status, err := reactors.ReadStatus(t.Context(), h.pool)
	require.NoError(t, err)
	require.Len(t, status, 1)
	require.EqualValues(t, 1, status[0].DeadLetters)
	require.Equal(t, last, status[0].Head)
	require.Zero(t, status[0].Lag())
}

func TestRetryReplaysThatEventOnly(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	j, handle, ill := poisoned(t, 2, errors.New("cannot digest this"))
	last := h.record(wanted, wanted, wanted)
	// Two instances: the letter is one's to try, not both's.
	h.run(quick, reactor("picky", handle))
	h.run(quick, reactor("picky", handle))
	h.eventually(func() bool { return h.offset("picky") == last }, "it goes on")
	id := h.letters()[0].ID

	// As ill as before.
	require.NoError(t, reactors.Ask(t.Context(), h.pool, id))
	h.eventually(func() bool { return h.letters()[0].Attempts == 6 }, "it fails again")
	letter := h.letters()[0]
	require.Equal(t, reactors.LetterOpen, letter.State)
	require.NotNil(t, letter.AskedAt)
	require.Equal(t, id, letter.ID)

	ill.Store(false)
	require.NoError(t, reactors.Ask(t.Context(), h.pool, id))
	h.eventually(func() bool { return h.letters()[0].State == reactors.LetterRetried }, "it works")
	next := h.record(wanted)
	h.eventually(func() bool { return h.offset("picky") == next }, "it goes on")
	require.Equal(t, []eventstore.Position{1, 2, 2, 2, 3, 2, 2, 2, 2, next}, j.seen())
	require.Len(t, h.letters(), 1)
	require.NotNil(t, h.letters()[0].SettledAt)
	require.ErrorIs(t, reactors.Ask(t.Context(), h.pool, id), reactors.ErrSettled)
	require.ErrorIs(t, reactors.Discard(t.Context(), h.pool, id, "late", "me"), reactors.ErrSettled)
}

func TestRetriesAreMarkedAsReplays(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	replays := make(chan bool, 2)
	h.run(quick, reactor("keen", func(msg *message.Message) error {
		e, err := envelope.Decode(msg)
		replays <- e.Replay
		if !e.Replay {
			return fmt.Errorf("not the first time: %w", reactors.ErrHopeless)
		}
		return err
	}))
	h.record(wanted)
	require.False(t, <-replays, "hopeless is not tried again")
	h.eventually(func() bool { return len(h.letters()) == 1 }, "it is dead")
	require.Equal(t, 1, h.letters()[0].Attempts)
	require.NoError(t, reactors.Ask(t.Context(), h.pool, h.letters()[0].ID))
	require.True(t, <-replays)
}

func TestLettersWaitForAServer(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	j, handle, ill := poisoned(t, 1, errors.New("no"))
	_, stop := h.run(quick, reactor("away", handle))
	h.record(wanted)
	h.eventually(func() bool { return len(h.letters()) == 1 }, "it is dead")
	stop()
	ill.Store(false)
	id := h.letters()[0].ID
	require.NoError(t, reactors.Ask(t.Context(), h.pool, id))
	require.NoError(t, reactors.Ask(t.Context(), h.pool, id), "asking again changes nothing")
	require.Equal(t, reactors.LetterAsked, h.letters()[0].State)
	h.run(quick, reactor("away", handle))
	h.eventually(func() bool { return h.letters()[0].State == reactors.LetterRetried }, "it is tried when one runs")
	require.Equal(t, 4, j.count())
}

func TestDiscardIsRecorded(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	_, handle, _ := poisoned(t, 1, errors.New("no"))
	_, stop := h.run(quick, reactor("picky", handle))
	h.record(wanted)
	h.eventually(func() bool { return len(h.letters()) == 1 }, "it is dead")
	stop()
	id := h.letters()[0].ID
	require.Error(t, reactors.Discard(t.Context(), h.pool, id, "", "me"), "not without a reason")
	require.NoError(t, reactors.Ask(t.Context(), h.pool, id))
	require.NoError(t, reactors.Discard(t.Context(), h.pool, id, "made good by hand", "ada"), "asked for, and nobody tries it")
	letter := h.letters()[0]
	require.Equal(t, reactors.LetterDiscarded, letter.State)
	require.Equal(t, "made good by hand", letter.Note)
	require.Equal(t, "ada", letter.SettledBy)
	require.NotNil(t, letter.SettledAt)
	unsettled, err := reactors.Letters(t.Context(), h.pool, reactors.Filter{Unsettled: true})
	require.NoError(t, err)
	require.Empty(t, unsettled)
	require.ErrorIs(t, reactors.Ask(t.Context(), h.pool, id), reactors.ErrSettled)
	require.ErrorIs(t, reactors.Ask(t.Context(), h.pool, id+1), reactors.ErrNoLetter)
	require.ErrorIs(t, reactors.Discard(t.Context(), h.pool, id+1, "x", "y"), reactors.ErrNoLetter)
}

func TestWhatIsBeingTriedIsNotDiscarded(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	release := make(chan struct{})
	j := &journal{t: t}
	h.run(quick, reactor("busy", j.note(func(*message.Message, eventstore.Position) error {
		if j.count() == 1 {
			return reactors.ErrHopeless
		}
		<-release
		return nil
	})))
	h.record(wanted)
	h.eventually(func() bool { return len(h.letters()) == 1 }, "it is dead")
	id := h.letters()[0].ID
	require.NoError(t, reactors.Ask(t.Context(), h.pool, id))
	h.eventually(func() bool { return j.count() == 2 }, "it is tried")
	require.ErrorIs(t, reactors.Discard(t.Context(), h.pool, id, "no patience", "ada"), reactors.ErrBusy)
	close(release)
	h.eventually(func() bool { return h.letters()[0].State == reactors.LetterRetried }, "it works")
}

func TestPanicsAreErrors(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	j := &journal{t: t}
	h.run(quick, reactor("nervous", j.note(func(_ *message.Message, position eventstore.Position) error {
		if position == 1 {
			panic("what is this\x00")
		}
		return nil
	})))
	last := h.record(wanted, wanted)
	h.eventually(func() bool { return h.offset("nervous") == last }, "it goes on")
	require.Equal(t, []eventstore.Position{1, 1, 1, 2}, j.seen())
	require.Contains(t, h.letters()[0].Reason, `panic occurred: "what is this\x00"`)
	require.Contains(t, h.letters()[0].Reason, "dead_letters_test.go", "with the place where it happened")
}

func TestReasonsThatNoColumnCanTake(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	reasons := map[eventstore.Position]string{1: "a\x00b", 2: "a\xffb", 3: "", 4: string(make([]byte, 100_000))}
	h.run(quick, reactor("rude", func(msg *message.Message) error { return errors.New(reasons[positionOf(t, msg)]) }))
	last := h.record(wanted, wanted, wanted, wanted)
	h.eventually(func() bool { return h.offset("rude") == last }, "it goes on")
	letters := h.letters()
	require.Len(t, letters, 4)
	require.Equal(t, "a\uFFFDb", letters[0].Reason)
	require.Equal(t, "a\uFFFDb", letters[1].Reason)
	require.NotEmpty(t, letters[2].Reason)
	require.Less(t, len(letters[3].Reason), 9_000)
}

// Whatever an event is, only the reactor that wants it can be hurt by it.
func TestEventsThatNobodyKnows(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.owner(`
		INSERT INTO holdfast.events (position, version, recorded_at, stream, type, payload, metadata)
		VALUES (1, 1, now(), 's', 'unknown.v9', '{}', '{}'), (2, 2, now(), 's', $1, '{}', '"not ours"'), (3, 3, now(), 's', $1, '{}', '{}')`, wanted)
	j := &journal{t: t}
	h.run(quick, reactor("sturdy", j.note(nil)))
	h.eventually(func() bool { return h.offset("sturdy") == 3 }, "it goes on")
	require.Equal(t, []eventstore.Position{3}, j.seen(), "the handler sees what it wants and what can be read")
	letters := h.letters()
	require.Len(t, letters, 1)
	require.EqualValues(t, 2, letters[0].Position)
	require.Contains(t, letters[0].Reason, "metadata of event 2 (thing.wanted.v1)")
}
