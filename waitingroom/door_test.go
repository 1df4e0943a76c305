package waitingroom

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTheLineAtTheDoorIsBounded(t *testing.T) {
	t.Parallel()
	var d door
	for n := range doorLine {
		entered, alone := d.enter(&arrival{})
		require.True(t, entered)
		require.Equal(t, n == 0, alone, "one usher is enough")
	}
	entered, _ := d.enter(&arrival{})
	require.False(t, entered)

	require.Len(t, d.next(doorBatch), doorBatch)
	require.False(t, d.leave(), "somebody is still there")
	require.Len(t, d.next(doorLine), doorLine-doorBatch)
	require.Empty(t, d.next(doorBatch))
	require.True(t, d.leave())
	_, alone := d.enter(&arrival{})
	require.True(t, alone, "the usher had gone home")
}
