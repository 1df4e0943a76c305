package eventstore_test

import (
	"errors"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/eventstore"
	"github.com/holdfast-dev/holdfast/internal/pgtest"
)

func TestADecisionSeesStreamsAndTags(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	_, err := s.writer.Append(t.Context(), eventstore.Commit{Events: []eventstore.NewEvent{
		note("a", "1", "t"), note("b", "1", "t"), note("a", "2"),
	}})
	require.NoError(t, err)
	for i, through := range []store{s, openStore(t, urlOf(s), settings{})} {
		own := []string{"c", "d"}[i]
		_, err = through.writer.Execute(t.Context(), eventstore.Command[state]{Decide: func(tx *eventstore.Tx[state]) error {
			a, errA := tx.Load("a")
			none, errNone := tx.Load("none")
			tag, errTag := tx.LoadTag("t")
			version, errVersion := tx.Version("b")
			if err := errors.Join(errA, errNone, errTag, errVersion); err != nil {
				return err
			}
			require.Equal(t, []int{2, 0, 2, 1}, []int{a.Count, none.Count, tag.Count, int(version)})
			require.Zero(t, none)
			tx.Append(note(own, ""))
			again, err := tx.Load(own)
			require.Zero(t, again.Count, "what a decision appends does not show in what it loads")
			return err
		}})
		require.NoError(t, err)
		_, err = through.writer.Append(t.Context(), eventstore.Commit{Expect: map[string]eventstore.Version{own: 9}})
		require.Error(t, err)
	}
}

// With all that it reads named beforehand, a decision that lacks something runs
// once more, however much it lacks.
func TestHintsSpareRuns(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	mustAppend(t, s, "a", "1")
	other := openStore(t, urlOf(s), settings{})
	mustAppend(t, other, "elsewhere", "connected")
	var runs atomic.Int32
	_, err := other.writer.Execute(t.Context(), eventstore.Command[state]{
		Streams: []string{"a", "b", "a"}, Tags: []string{"t"},
		Decide: func(tx *eventstore.Tx[state]) error {
			runs.Add(1)
			for _, name := range []string{"a", "b", "tag:t"} {
				if _, err := load(tx, name); err != nil {
					return err
				}
			}
			return nil
		},
	})
	require.NoError(t, err)
	require.EqualValues(t, 2, runs.Load())
}

// Of a stream whose latest event is its state only that is read.
func TestOnlyTheLatestEventIsReadWhereThatIsEnough(t *testing.T) {
	t.Parallel()
	databaseURL := pgtest.New(t)
	s := openStore(t, databaseURL, settings{})
	for range 30 {
		mustAppend(t, s, latest+"a", "x")
		mustAppend(t, s, "b", "x")
	}
	var folds atomic.Int32
	counting := model()
	counting.Fold = func(prev state, e eventstore.Event) (state, error) {
		folds.Add(1)
		return fold(prev, e)
	}
	fresh := openLog(t, databaseURL, eventstore.Options{})
	writer, err := eventstore.NewWriter(fresh.log, counting, eventstore.WriterOptions{})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, closeWriter(t, writer)) })
	fresh.writer = writer
	for _, test := range []struct {
		stream string
		folds  int32
	}{{latest + "a", 1}, {"b", 30}} {
		_, err := order{reads: []string{"elsewhere"}}.run(t.Context(), fresh) // connected from here on
		require.NoError(t, err)
		folds.Store(0)
		_, err = writer.Append(t.Context(), eventstore.Commit{Expect: map[string]eventstore.Version{test.stream: 30}})
		require.NoError(t, err)
		require.Equal(t, test.folds, folds.Load(), test.stream)
	}
}

// The state of a stream that is called fresh is nothing, and nobody looks.
func TestFreshStreamsAreNotLookedUp(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	mustAppend(t, s, "s", "connected")
	runs := 0
	receipt, err := s.writer.Execute(t.Context(), eventstore.Command[state]{Decide: func(tx *eventstore.Tx[state]) error {
		runs++
		tx.Fresh("minted")
		tx.Append(note("minted", "1"), note("minted", "2"))
		return nil
	}})
	require.NoError(t, err)
	require.Equal(t, 1, runs)
	require.EqualValues(t, 2, receipt.Events[1].Version)
	_, err = s.writer.Append(t.Context(), eventstore.Commit{Expect: map[string]eventstore.Version{"minted": 2}})
	require.NoError(t, err)
}

// OnGroup hears of every command and event once.
func TestGroupsAreReported(t *testing.T) {
	t.Parallel()
	var commands, events atomic.Int64
	s := openStore(t, pgtest.New(t), settings{writer: eventstore.WriterOptions{OnGroup: func(g eventstore.GroupStats) {
		commands.Add(int64(g.Commands))
		events.Add(int64(g.Events))
		require.Positive(t, g.Duration)
	}}})
	for i := range 10 {
		mustAppend(t, s, "s", "1", "2")
		_, err := s.writer.Append(t.Context(), eventstore.Commit{Expect: map[string]eventstore.Version{"s": eventstore.Version(i)}})
		require.Error(t, err)
	}
	require.NoError(t, closeWriter(t, s.writer))
	require.EqualValues(t, 20, commands.Load())
	require.EqualValues(t, 20, events.Load())
}

// A writer that has followed the log and one that has looked it up agree on how
// far a stream or tag has come; else a decision could outlive what it rests on.
func TestRevisionsAreTheSameHoweverTheyWereLearnt(t *testing.T) {
	t.Parallel()
	stores := openStores(t, 2, settings{})
	reading := order{reads: []string{"a", "b", "tag:t"}}
	_, err := reading.run(t.Context(), stores[0])
	require.NoError(t, err)
	for _, write := range []string{"b/t", "a/t", "a/t", "b", "b/t"} {
		_, err := order{writes: []string{write}}.run(t.Context(), stores[0])
		require.NoError(t, err)
	}
	_, err = reading.run(t.Context(), stores[1])
	require.NoError(t, err)
	for _, s := range stores {
		for _, want := range []struct {
			name     string
			tag      bool
			revision int64
		}{{"a", false, 2}, {"b", false, 3}, {"t", true, 5}} {
			revision, known := s.writer.Revision(want.name, want.tag)
			require.True(t, known)
			require.Equal(t, want.revision, revision, want.name)
		}
	}
}
