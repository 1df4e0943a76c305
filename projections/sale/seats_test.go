package sale_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/projections/sale"
)

func TestSeatsBeginAvailable(t *testing.T) {
	t.Parallel()
	v := hall(3).At(noon)
	require.Equal(t, []string{"available", "available", "available"}, states(v))
	require.Equal(t, 3, v.Available())
	require.Equal(t, "10", v.Revision())
	_, ends := v.GoodUntil()
	require.False(t, ends)
}

func TestApplyShowsWhatTheEventsSay(t *testing.T) {
	t.Parallel()
	seats := hall(4)
	seats.Apply([]sale.Change{held(1, after(300)), held(2, after(300)), sold(2), held(3, after(300)), free(3)}, 15)
	v := seats.At(noon)
	require.Equal(t, []string{"held", "sold", "available", "available"}, states(v))
	require.Equal(t, sale.Sold, v.Seat(2))
	require.Equal(t, 2, v.Available())
	require.Equal(t, "15", v.Revision())
}

func TestHoldEndsByTheClockAlone(t *testing.T) {
	t.Parallel()
	seats := hall(2)
	seats.Apply([]sale.Change{held(1, after(300)), held(2, after(301))}, 12)

	before := seats.At(after(300).Add(-1000))
	require.Equal(t, []string{"held", "held"}, states(before), "a microsecond before the end")
	until, ends := before.GoodUntil()
	require.True(t, ends)
	require.Equal(t, after(300), until)

	at := seats.At(after(300))
	require.Equal(t, []string{"available", "held"}, states(at), "at the end")
	require.Equal(t, "12-1", at.Revision())
	require.Equal(t, []string{"held", "held"}, states(before), "a view does not change")

	later := seats.At(after(301))
	require.Equal(t, []string{"available", "available"}, states(later))
	require.Equal(t, 2, later.Available())
	require.Equal(t, "12-2", later.Revision())
	_, ends = later.GoodUntil()
	require.False(t, ends)
}

func TestHoldThatWasPaidOrGivenUpDoesNotEnd(t *testing.T) {
	t.Parallel()
	seats := hall(2)
	seats.Apply([]sale.Change{held(1, after(300)), held(2, after(300))}, 12)
	seats.Apply([]sale.Change{sold(1), free(2)}, 14)
	v := seats.At(noon)
	_, ends := v.GoodUntil()
	require.False(t, ends, "no hold is left")
	require.Equal(t, []string{"sold", "available"}, states(seats.At(after(301))))
	require.Equal(t, "14", seats.At(after(301)).Revision())
}

func TestSeatIsHeldAgainAfterItsHoldEnded(t *testing.T) {
	t.Parallel()
	seats := hall(1)
	seats.Apply([]sale.Change{held(1, after(300))}, 12)
	require.Equal(t, 1, seats.At(after(400)).Available())
	seats.Apply([]sale.Change{held(1, after(700))}, 13)
	require.Equal(t, []string{"held"}, states(seats.At(after(400))))
	require.Equal(t, "13", seats.At(after(400)).Revision(), "the ended hold has left no trace")
	require.Equal(t, []string{"held"}, states(seats.At(after(699))))
	require.Equal(t, []string{"available"}, states(seats.At(after(700))))
}

func TestReadingTwiceGivesTheSameView(t *testing.T) {
	t.Parallel()
	seats := hall(10)
	seats.Apply([]sale.Change{held(1, after(300))}, 12)
	require.Same(t, seats.At(noon), seats.At(after(299)))
	require.NotSame(t, seats.At(noon), seats.At(after(300)))
}

func TestLargeHall(t *testing.T) {
	t.Parallel()
	seats := hall(100_000)
	seats.Apply([]sale.Change{sold(1), sold(256), sold(257), sold(100_000)}, 12)
	v := seats.At(noon)
	require.Equal(t, 99_996, v.Available())
	for _, number := range []int{1, 256, 257, 100_000} {
		require.Equal(t, sale.Sold, v.Seat(number))
	}
	for _, number := range []int{2, 255, 258, 99_999} {
		require.Equal(t, sale.Available, v.Seat(number))
	}
	all := sent(t, v, false)
	require.Len(t, all, 100_000)
	require.Equal(t, jsonSeat{Number: 100_000, State: "sold", Price: 9000}, all[99_999])
	require.Len(t, sent(t, v, true), 99_996)
}

func TestStateNames(t *testing.T) {
	t.Parallel()
	require.Equal(t, "available", sale.Available.String())
	require.Equal(t, "held", sale.Held.String())
	require.Equal(t, "sold", sale.Sold.String())
}
