package scenario

import (
	"net/http"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// oneSeat: of a thousand users who want the same seat at the same moment
// exactly one gets it, and everybody else is told that it is taken.
func oneSeat(t *testing.T, c *cluster) {
	const users = 1000
	s := c.openSale(t, 50)
	visitors := make([]visitor, users)
	for i := range visitors {
		visitors[i] = c.visitor(t, s)
	}
	answers := atOnce(users, func(i int) answer { return c.send(t, s.hold(visitors[i], 7)) })
	require.Equal(t, map[string]int{"201": 1, "409 seat_unavailable": users - 1}, outcomes(answers))

	winner := slices.IndexFunc(answers, func(a answer) bool { return a.status == http.StatusCreated })
	held := read[reservation](t, answers[winner])
	require.Equal(t, []int{7}, held.Seats)
	for range servers {
		found := c.reservation(t, visitors[winner], held.ReservationID, answers[winner].position)
		require.Equal(t, "held", found.State)
		states := c.seatStates(t, s, visitors[0], answers[winner].position)
		require.Equal(t, "held", states[7])
		require.Equal(t, "available", states[8])
	}
}

// overlappingRows: users want eight adjacent seats that overlap with those of
// others. Each gets all eight or none, and nobody gets a seat of another.
func overlappingRows(t *testing.T, c *cluster) {
	const users, seats, row = 200, 50, 8
	s := c.openSale(t, seats)
	visitors := make([]visitor, users)
	for i := range visitors {
		visitors[i] = c.visitor(t, s)
	}
	answers := atOnce(users, func(i int) answer {
		wanted := make([]int, row)
		for n := range wanted {
			wanted[n] = i%(seats-row+1) + 1 + n
		}
		return c.send(t, s.hold(visitors[i], wanted...))
	})
	owners := map[int]string{}
	last := int64(0)
	for _, a := range answers {
		if a.status != http.StatusCreated {
			require.Equal(t, "409 seat_unavailable", a.outcome())
			continue
		}
		held := read[reservation](t, a)
		require.Len(t, held.Seats, row)
		require.EqualValues(t, row*seatPrice, held.Price)
		for _, seat := range held.Seats {
			require.Empty(t, owners[seat], "seat %d has two owners", seat)
			owners[seat] = held.ReservationID
		}
		last = max(last, a.position)
	}
	// No row of eight is free any more, or somebody was refused who could
	// have been served.
	require.GreaterOrEqual(t, len(owners)/row, 3)
	for seat, state := range c.seatStates(t, s, visitors[0], last) {
		want := "available"
		if owners[seat] != "" {
			want = "held"
		}
		require.Equal(t, want, state, "seat %d", seat)
	}
}
