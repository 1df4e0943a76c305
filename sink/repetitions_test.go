package sink

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/holdfast-dev/holdfast/export/parquetrow"
)

// sending is one relay at work: it sends the positions of a partition in
// order, from a checkpoint on.
type sending struct{ next, end int }

// relays draws what a partition receives from several relays in succession:
// each begins at a checkpoint below which everything has been acknowledged,
// may be stopped anywhere, and may go on for a while after its successor has
// begun. All positions up to last arrive in the end.
func relays(t *rapid.T, last int) []int {
	var (
		received []int
		highest  int // everything up to it has arrived
		running  []*sending
	)
	for highest < last {
		if len(running) == 0 || len(running) < 4 && rapid.IntRange(0, 9).Draw(t, "takeover") == 0 {
			checkpoint := rapid.IntRange(max(0, highest-8), highest).Draw(t, "checkpoint")
			running = append(running, &sending{next: checkpoint + 1, end: rapid.IntRange(checkpoint+1, last+1).Draw(t, "end")})
		}
		s := running[rapid.IntRange(0, len(running)-1).Draw(t, "who")]
		if s.next >= s.end {
			running = slices.DeleteFunc(running, func(r *sending) bool { return r == s })
			continue
		}
		received = append(received, s.next)
		highest = max(highest, s.next)
		s.next++
	}
	return received
}

// taken are the positions that a buffer takes from what it receives, with a
// restart of the sink here and there.
func taken(t *rapid.T, received []int, restart func(Mark) Mark) []int64 {
	p := Partition{Topic: "t"}
	var found []int64
	mark := Mark{}
	for len(received) > 0 {
		b := newBuffer(limits{rows: 1_000, bytes: 1 << 20})
		b.assign(p, mark.Next, mark)
		n := rapid.IntRange(1, len(received)).Draw(t, "until a restart")
		for _, position := range received[:n] {
			d := delivery{offset: mark.Next, row: parquetrow.Row{Position: int64(position)}}
			require.NoError(t, b.add(t.Context(), p, []delivery{d}))
			mark.Next++
		}
		batch := b.take()
		for _, row := range batch.rows {
			found = append(found, row.Position)
		}
		mark, received = restart(batch.marks[p].to), received[n:]
	}
	return found
}

func upTo(last int) []int64 {
	positions := make([]int64, last)
	for i := range positions {
		positions[i] = int64(i + 1)
	}
	return positions
}

func TestOneNumberAPartitionFindsEveryRepetition(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		last := rapid.IntRange(1, 60).Draw(t, "events")
		require.Equal(t, upTo(last), taken(t, relays(t, last), func(m Mark) Mark { return m }))
	})
}

// The check above must find a sink that forgets, and a relay that breaks what
// the package comment rests on.
func TestForgottenMarksAndGapsAreFound(t *testing.T) {
	t.Parallel()
	doubled, lost := false, false
	rapid.Check(t, func(t *rapid.T) {
		last := rapid.IntRange(20, 60).Draw(t, "events")
		received := relays(t, last)
		forgetful := taken(t, received, func(m Mark) Mark { return Mark{Next: m.Next} })
		doubled = doubled || len(forgetful) > last

		ahead := slices.Insert(slices.Clone(received), rapid.IntRange(0, len(received)).Draw(t, "replay"), last)
		lost = lost || len(taken(t, ahead, func(m Mark) Mark { return m })) < last
	})
	require.True(t, doubled, "a sink that forgets its marks doubles rows")
	require.True(t, lost, "a replay ahead of the relay hides events")
}
