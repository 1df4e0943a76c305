package sale_test

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/projections/sale"
)

func TestJSON(t *testing.T) {
	t.Parallel()
	seats := hall(3)
	seats.Apply([]sale.Change{held(2, after(300)), sold(3)}, 12)
	v := seats.At(noon)
	require.Equal(t,
		`[{"number":1,"state":"available","price":9000},{"number":2,"state":"held","price":9000},{"number":3,"state":"sold","price":9000}]`,
		string(bytes.Join(v.JSON(false), nil)))
	require.Equal(t, `[{"number":1,"state":"available","price":9000}]`, string(bytes.Join(v.JSON(true), nil)))
}

func TestJSONOfSoldOutHall(t *testing.T) {
	t.Parallel()
	seats := hall(300)
	var all []sale.Change
	for n := range 300 {
		all = append(all, sold(n+1))
	}
	seats.Apply(all, 400)
	require.Equal(t, `[]`, string(bytes.Join(seats.At(noon).JSON(true), nil)))
	require.Len(t, sent(t, seats.At(noon), false), 300)
}

// A hall of several chunks of which the last has nothing to show must not end
// in a comma.
func TestJSONWhenTheLastChunkIsSoldOut(t *testing.T) {
	t.Parallel()
	seats := hall(257)
	seats.Apply([]sale.Change{sold(257)}, 12)
	require.Len(t, sent(t, seats.At(noon), true), 256)
	seats.Apply([]sale.Change{free(257), sold(1)}, 14)
	require.Len(t, sent(t, seats.At(noon), true), 256)
}

func TestRenderedSeatsAreKeptWhereNothingChanged(t *testing.T) {
	t.Parallel()
	seats := hall(600)
	before := seats.At(noon).JSON(false)
	seats.Apply([]sale.Change{sold(300)}, 12)
	after := seats.At(noon).JSON(false)
	require.Same(t, &before[1][0], &after[1][0], "seats 1 to 256 were not rendered again")
	require.NotSame(t, &before[2][0], &after[2][0])
	require.Same(t, &before[3][0], &after[3][0])
}

func TestSeatsOfAViewCanBeLeftEarly(t *testing.T) {
	t.Parallel()
	for number := range hall(600).At(noon).Seats() {
		if number == 300 {
			return
		}
		require.Less(t, number, 300)
	}
}
