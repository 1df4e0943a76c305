package eventstore_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/eventstore"
)

func TestAppendGivesVersionsAndPositionsWithoutGaps(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	start := head(t, s.log)
	first := mustAppend(t, s, "a", "1", "2")
	second := mustAppend(t, s, "b", "1")
	third := mustAppend(t, s, "a", "3")

	events := readAll(t, s.log)
	require.Len(t, events, 4)
	for i, want := range []struct {
		stream  string
		version eventstore.Version
	}{{"a", 1}, {"a", 2}, {"b", 1}, {"a", 3}} {
		require.Equal(t, eventstore.Position(i+1), events[i].Position)
		require.Equal(t, want.stream, events[i].Stream)
		require.Equal(t, want.version, events[i].Version)
		require.False(t, events[i].RecordedAt.Before(start.Now), "the store's clock, not ours")
		require.Equal(t, time.UTC, events[i].RecordedAt.Location())
	}
	require.Equal(t, events[:2], first.Events)
	require.Equal(t, events[2:3], second.Events)
	require.Equal(t, events[3:], third.Events)
	require.Equal(t, eventstore.Position(2), first.Position())
	require.Equal(t, eventstore.Position(4), third.Position())
	require.False(t, first.Replayed)
}

func TestAppendRecordsWhatItWasGiven(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	metadata := eventstore.Metadata{Actor: "user:1", Command: "note", Correlation: "c", TraceParent: "00-ab-cd-01"}
	payload := `{ "text": "kept to the byte: é \u0000 1e3", "n":  1.50 }`
	_, err := s.writer.Append(t.Context(), eventstore.Commit{
		Metadata: metadata,
		Events:   []eventstore.NewEvent{{Stream: "s", Type: noted, Tag: "t", Payload: []byte(payload)}, note("s", "untagged")},
	})
	require.NoError(t, err)

	events := readAll(t, s.log)
	require.Equal(t, payload, string(events[0].Payload))
	require.Equal(t, "t", events[0].Tag)
	require.Empty(t, events[1].Tag)
	for _, e := range events {
		got, err := e.DecodeMetadata()
		require.NoError(t, err)
		require.Equal(t, metadata, got)
		require.Equal(t, events[0].RecordedAt, e.RecordedAt, "one command, one time")
	}
}

func TestMetadataThatIsNotJSONIsNamed(t *testing.T) {
	t.Parallel()
	_, err := eventstore.Event{Position: 7, Type: noted, Metadata: []byte(`{`)}.DecodeMetadata()
	require.ErrorContains(t, err, "metadata of event 7 (noted.v1)")
}

func TestExpectations(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name     string
		expect   map[string]eventstore.Version
		conflict *eventstore.ConflictError
	}{
		{name: "all hold", expect: map[string]eventstore.Version{"one": 1, "two": 2, "none": 0}},
		{name: "none given", expect: nil},
		{
			name: "too low", expect: map[string]eventstore.Version{"two": 1},
			conflict: &eventstore.ConflictError{Stream: "two", Expected: 1, Actual: 2},
		},
		{
			name: "too high", expect: map[string]eventstore.Version{"two": 3},
			conflict: &eventstore.ConflictError{Stream: "two", Expected: 3, Actual: 2},
		},
		{
			name: "expected to be absent", expect: map[string]eventstore.Version{"one": 0},
			conflict: &eventstore.ConflictError{Stream: "one", Expected: 0, Actual: 1},
		},
		{
			name: "absent", expect: map[string]eventstore.Version{"none": 1},
			conflict: &eventstore.ConflictError{Stream: "none", Expected: 1, Actual: 0},
		},
		{
			name: "one of several, only read", expect: map[string]eventstore.Version{"one": 1, "two": 9},
			conflict: &eventstore.ConflictError{Stream: "two", Expected: 9, Actual: 2},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := newStore(t)
			mustAppend(t, s, "one", "1")
			mustAppend(t, s, "two", "1", "2")

			receipt, err := s.writer.Append(t.Context(), eventstore.Commit{
				Expect: test.expect,
				Events: []eventstore.NewEvent{note("one", "a"), note("two", "b"), note("three", "c"), note("one", "d")},
			})
			if test.conflict == nil {
				require.NoError(t, err)
				require.Len(t, receipt.Events, 4)
				requireLength(t, s.log, 7)
				return
			}
			conflict, ok := errors.AsType[*eventstore.ConflictError](err)
			require.True(t, ok, "got %v", err)
			require.Equal(t, test.conflict, conflict)
			require.Equal(t, fmt.Sprintf("stream %s stands at version %d, expected %d",
				conflict.Stream, conflict.Actual, conflict.Expected), err.Error())
			requireLength(t, s.log, 3)
		})
	}
}

func TestCommandWithoutEventsWritesNothing(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	mustAppend(t, s, "a", "1")
	receipt, err := s.writer.Append(t.Context(), eventstore.Commit{Expect: map[string]eventstore.Version{"a": 1}})
	require.NoError(t, err)
	require.Empty(t, receipt.Events)
	require.Zero(t, receipt.Position())
	require.Equal(t, eventstore.Position(1), head(t, s.log).Position)
}

func TestDecisionMayLearnWhatItReadsFromWhatItHasRead(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	const steps = 6
	for i := range steps {
		mustAppend(t, s, fmt.Sprintf("step-%d", i), "x")
	}
	fresh := openStore(t, urlOf(s), settings{})
	runs := 0
	_, err := fresh.writer.Execute(t.Context(), eventstore.Command[state]{
		Decide: func(tx *eventstore.Tx[state]) error {
			runs++
			for i := range steps {
				found, err := tx.Load(fmt.Sprintf("step-%d", i))
				if err != nil {
					return err
				}
				require.Equal(t, 1, found.Count)
			}
			return nil
		},
	})
	require.NoError(t, err)
	require.Greater(t, runs, steps)
}

func TestUnknownEventTypeStopsItsStreamOnly(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	foreign := eventstore.NewEvent{Stream: "foreign", Type: "strange.v1", Payload: []byte(`{}`)}
	_, err := s.writer.Append(t.Context(), eventstore.Commit{Events: []eventstore.NewEvent{foreign}})
	require.NoError(t, err, "the log stores what it does not know")

	_, err = order{reads: []string{"foreign"}, writes: []string{"other"}}.run(t.Context(), s)
	require.ErrorContains(t, err, "unknown event type strange.v1 of foreign at version 1")
	mustAppend(t, s, "other", "x")
}
