package eventstore_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/eventstore"
)

// countInto appends to its own stream how many events others have.
func countInto(stream string, of ...string) eventstore.Command[state] {
	return eventstore.Command[state]{Decide: func(tx *eventstore.Tx[state]) error {
		tx.Fresh(stream)
		total := 0
		for _, name := range of {
			found, err := load(tx, name)
			if err != nil {
				return err
			}
			total += found.Count
		}
		tx.Append(note(stream, fmt.Sprint(total)))
		return nil
	}}
}

// A writer that is used to empty streams meets some that are not, with no
// memory of them, alone and in company. What it records is right, and commands
// of the same group that presumed nothing or rightly are not the worse for it.
func TestWhatWasPresumedWronglyIsDecidedAgain(t *testing.T) {
	t.Parallel()
	for _, company := range []bool{false, true} {
		stores := openStores(t, 2, settings{})
		s, other := stores[0], stores[1]
		_, err := other.writer.Append(t.Context(), eventstore.Commit{Events: []eventstore.NewEvent{
			note("old-1", "1", "tagged"), note("old-1", "2"), note("old-2", "1", "tagged"),
		}})
		require.NoError(t, err)
		s.writer.PresumeAfter(0)
		mustAppend(t, s, "own", "first")
		if company {
			mustAppend(t, other, "elsewhere", "first")
		}
		answers := make(chan error)
		const rounds = 8
		for i := range rounds {
			for name, of := range map[string][]string{
				"stream": {"old-1"}, "tag": {"tag:tagged"}, "both": {"old-2", "tag:tagged", fmt.Sprintf("new-%d", i)},
				"new": {fmt.Sprintf("new-%d", i), fmt.Sprintf("tag:new-%d", i)}, "none": {},
			} {
				go func() {
					_, err := s.writer.Execute(t.Context(), countInto(fmt.Sprintf("count-%s-%d", name, i), of...))
					answers <- err
				}()
			}
		}
		for range 5 * rounds {
			require.NoError(t, <-answers)
		}
		for i := range rounds {
			for name, want := range map[string]string{"stream": "2", "tag": "2", "both": "3", "new": "0", "none": "0"} {
				events, err := s.log.ReadStream(t.Context(), fmt.Sprintf("count-%s-%d", name, i), 0, 9)
				require.NoError(t, err)
				require.Len(t, events, 1)
				var b body
				require.NoError(t, json.Unmarshal(events[0].Payload, &b))
				require.Equal(t, want, b.Text, "%s, in company: %t", name, company)
			}
		}
	}
}

// A refusal that rests on a presumption is verified as well.
func TestARefusalOnAPresumptionIsVerified(t *testing.T) {
	t.Parallel()
	stores := openStores(t, 2, settings{})
	mustAppend(t, stores[1], "old", "1")
	stores[0].writer.PresumeAfter(0)
	mustAppend(t, stores[0], "own", "first")
	_, err := stores[0].writer.Append(t.Context(), eventstore.Commit{
		Expect: map[string]eventstore.Version{"old": 1}, Events: []eventstore.NewEvent{note("old", "2")},
	})
	require.NoError(t, err, "the stream stands where it is expected, whatever was presumed")
}

// A stream that is taken to be empty and written is verified by the unique
// index. The others of the group get their verdicts as if nothing had happened.
func TestAStreamThatIsBegunTwiceIsDecidedAgain(t *testing.T) {
	t.Parallel()
	for _, company := range []bool{false, true} {
		stores := openStores(t, 2, settings{})
		s, other := stores[0], stores[1]
		mustAppend(t, other, "old", "1", "2")
		s.writer.PresumeAfter(0)
		mustAppend(t, s, "own", "first")
		if company {
			mustAppend(t, other, "elsewhere", "first")
		}
		const callers = 16
		answers := make(chan error)
		for i := range callers {
			go func() { _, err := appended(t.Context(), s, "old"); answers <- err }()
			go func() { _, err := appended(t.Context(), s, fmt.Sprintf("new-%d", i)); answers <- err }()
		}
		for range 2 * callers {
			require.NoError(t, <-answers)
		}
		events, err := s.log.ReadStream(t.Context(), "old", 0, 99)
		require.NoError(t, err)
		require.Len(t, events, 2+callers)
	}
}
