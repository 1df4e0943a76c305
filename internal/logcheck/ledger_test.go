package logcheck

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// writeLines gives a ledger the lines of many streams, in random turns, so many
// that its shards need their files.
func writeLines(t *testing.T, l *ledger, streams, lines int) {
	t.Helper()
	turns := rand.New(rand.NewPCG(1, 2))
	reached := make([]int64, streams)
	for position := range lines {
		stream := turns.IntN(streams)
		reached[stream]++
		require.NoError(t, l.add(versions, fmt.Sprint("s-", stream), int64(position)+1, 1, reached[stream]))
	}
}

func TestALedgerJudgesWhatDoesNotFitIntoMemory(t *testing.T) {
	t.Parallel()
	const lines = 50_000
	l := newLedger(3_000_000)
	require.Greater(t, len(l.shards), 4)
	defer func() { require.NoError(t, l.close()) }()
	writeLines(t, l, 300, lines)
	require.NotNil(t, l.shards[0].file)

	broken, err := l.judge()
	require.NoError(t, err)
	require.Nil(t, broken)
	require.EqualValues(t, 300, l.streams)
}

func TestTheFirstBrokenLineIsFound(t *testing.T) {
	t.Parallel()
	l := newLedger(3_000_000)
	defer func() { require.NoError(t, l.close()) }()
	writeLines(t, l, 300, 50_000)
	const names = 20 // in different shards
	for i := range 2 * names {
		require.NoError(t, l.once(movements, []byte{byte(i % names)}, int64(50_001+i)))
	}
	broken, err := l.judge()
	require.NoError(t, err)
	require.NotNil(t, broken)
	require.EqualValues(t, 50_001+names, broken.position)
	require.EqualValues(t, 50_001, broken.before.position)
}

func TestNamesOfDifferentAccountsAreApart(t *testing.T) {
	t.Parallel()
	l := newLedger(10)
	require.NoError(t, l.once(digests, []byte("n"), 1))
	require.NoError(t, l.once(movements, []byte("n"), 2))
	require.NoError(t, l.add(balances, "n", 3, 500, 500))
	require.NoError(t, l.add(versions, "n", 4, 1, 1))
	broken, err := l.judge()
	require.NoError(t, err)
	require.Nil(t, broken)
	require.EqualValues(t, 1, l.wallets)
	require.Equal(t, "500", l.held.total.String())
}

// What the ledger finds at the end may stand before what the fold stopped at.
func TestTheEarlierFaultCounts(t *testing.T) {
	t.Parallel()
	d := newDraft(t)
	d.schedule()
	d.charge("ch1", 10, 10)
	d.charge("ch2", 10, 21)
	d.charge("ch3", -1, 20)
	requireFault(t, d, RuleBalance, 3)
}

func TestAFileThatCannotBeMadeIsSaid(t *testing.T) {
	t.Setenv("TMPDIR", "/nonexistent")
	l := newLedger(10)
	var err error
	for position := int64(1); err == nil; position++ {
		err = l.once(digests, fmt.Append(nil, position), position)
	}
	require.ErrorContains(t, err, "temporary file")
	var broken *RuleError
	require.NotErrorAs(t, err, &broken)
}
