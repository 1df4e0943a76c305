package sale_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/projections/sale"
)

func TestWatchSendsWhatIsShownDifferently(t *testing.T) {
	t.Parallel()
	seats := hall(3)
	seats.Apply([]sale.Change{sold(3)}, 11)
	watch := seats.Watch(4)
	defer watch.Close()
	require.Equal(t, []string{"available", "available", "sold"}, states(watch.Snapshot))
	require.True(t, seats.Watched())

	seats.Apply([]sale.Change{held(2, after(300)), held(1, after(300))}, 13)
	require.Equal(t, sale.Changes{
		Revision: "13", Available: 0, Seats: []sale.SeatState{{1, sale.Held}, {2, sale.Held}},
	}, <-watch.Changes)

	seats.Apply([]sale.Change{sold(1)}, 14)
	require.Equal(t, sale.Changes{Revision: "14", Available: 0, Seats: []sale.SeatState{{1, sale.Sold}}}, <-watch.Changes)

	seats.At(after(300))
	require.Equal(t, sale.Changes{Revision: "14-1", Available: 1, Seats: []sale.SeatState{{2, sale.Available}}}, <-watch.Changes)
}

func TestWatchSendsNothingForWhatLooksTheSame(t *testing.T) {
	t.Parallel()
	seats := hall(2)
	seats.Apply([]sale.Change{held(1, after(300))}, 12)
	watch := seats.Watch(1)
	defer watch.Close()
	seats.Apply([]sale.Change{free(1), held(1, after(600))}, 14)
	seats.Apply([]sale.Change{held(2, after(300)), free(2)}, 16)
	require.Empty(t, watch.Changes)
}

func TestWatchEndsWhenItsReaderFallsBehind(t *testing.T) {
	t.Parallel()
	seats := hall(3)
	slow, quick := seats.Watch(1), seats.Watch(3)
	defer slow.Close()
	defer quick.Close()
	for n := range 3 {
		seats.Apply([]sale.Change{sold(n + 1)}, int64(11+n))
	}
	require.Equal(t, "11", (<-slow.Changes).Revision)
	_, open := <-slow.Changes
	require.False(t, open, "dropped")
	for _, revision := range []string{"11", "12", "13"} {
		require.Equal(t, revision, (<-quick.Changes).Revision)
	}
}

func TestWatchClosesTwice(t *testing.T) {
	t.Parallel()
	seats := hall(1)
	watch := seats.Watch(1)
	watch.Close()
	watch.Close()
	_, open := <-watch.Changes
	require.False(t, open)
	require.False(t, seats.Watched())
	seats.Apply([]sale.Change{sold(1)}, 11)
}
