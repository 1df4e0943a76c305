package scenario

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// oneWallet: a thousand charges of one wallet at the same moment add up.
func oneWallet(t *testing.T, c *cluster) {
	const charges = 1000
	v := c.visitor(t, sale{concert: "0197d9a0-5b1c-7a3e-8f10-2d4b6c8e0a12"})
	answers := atOnce(charges, func(i int) answer { return c.send(t, v.charge(int64(i+1))) })
	require.Equal(t, map[string]int{"201": charges}, outcomes(answers))

	const sum = charges * (charges + 1) / 2
	balances := map[int64]bool{}
	last := answer{}
	for _, a := range answers {
		balances[read[charge](t, a).Balance] = true
		if a.position > last.position {
			last = a
		}
	}
	require.Len(t, balances, charges, "two charges were answered with the same balance")
	require.EqualValues(t, sum, read[charge](t, last).Balance)
	for range servers {
		require.EqualValues(t, sum, c.balance(t, v, last.position))
	}
}

// payTwice: of many payments for one reservation at the same moment one is
// taken, and the wallet is debited once.
func payTwice(t *testing.T, c *cluster) {
	const attempts = 48
	s := c.openSale(t, 10)
	v := c.visitor(t, s)
	need[charge](t, c, http.StatusCreated, v.charge(10*seatPrice))
	held, _ := need[reservation](t, c, http.StatusCreated, s.hold(v, 3, 4))

	answers := atOnce(attempts, func(int) answer { return c.send(t, v.pay(held.ReservationID)) })
	counts := outcomes(answers)
	require.Equal(t, 1, counts["201"], "%v", counts)
	// The payment spends the turn, so others find the reservation paid or the
	// turn over.
	require.Equal(t, attempts-1, counts["409 already_confirmed"]+counts["401 unauthenticated"], "%v", counts)

	var position int64
	for _, a := range answers {
		position = max(position, a.position)
	}
	for range servers {
		require.EqualValues(t, 8*seatPrice, c.balance(t, v, position))
		require.Equal(t, "confirmed", c.reservation(t, v, held.ReservationID, position).State)
	}
}

// paymentAgainstExpiry: payments come around the end of their holds. Each is
// taken or too late, by the store's clock; who was too late keeps the money,
// and somebody else can have the seat at once.
func paymentAgainstExpiry(t *testing.T, c *cluster) {
	const holds = 60
	s := c.openSale(t, holds)
	var (
		visitors = make([]visitor, holds)
		rivals   = make([]visitor, holds)
		held     = make([]reservation, holds)
	)
	for i := range visitors {
		visitors[i], rivals[i] = c.visitor(t, s), c.visitor(t, s)
		need[charge](t, c, http.StatusCreated, visitors[i].charge(seatPrice))
	}
	for i, a := range atOnce(holds, func(i int) answer { return c.send(t, s.hold(visitors[i], i+1)) }) {
		require.Equal(t, http.StatusCreated, a.status, "%s", a.body)
		held[i] = read[reservation](t, a)
	}
	// Everybody pays around the end, some before and some after it, while a
	// rival asks for each seat again and again until it is sold or free.
	payments := make([]answer, holds)
	rivalry := atOnce(2*holds, func(i int) answer {
		if i >= holds {
			return c.insist(t, rivals[i-holds], s, i-holds+1, held[i-holds].ExpiresAt)
		}
		around := time.Duration(i-holds/2) * 20 * time.Millisecond
		waitUntil(t, held[i].ExpiresAt.Add(around))
		payments[i] = c.send(t, visitors[i].pay(held[i].ReservationID))
		return payments[i]
	})[holds:]

	for i := range holds {
		paid, taken := payments[i].outcome(), rivalry[i].outcome()
		position := max(payments[i].position, rivalry[i].position)
		switch paid {
		case "201":
			require.Equal(t, "409 seat_unavailable", taken, "seat %d was paid for and held by a rival", i+1)
			require.Equal(t, "confirmed", c.reservation(t, visitors[i], held[i].ReservationID, position).State)
			require.Zero(t, c.balance(t, visitors[i], position))
		case "410 hold_expired":
			require.Equal(t, "201", taken, "seat %d was neither paid for nor free", i+1)
			require.Equal(t, "expired", c.reservation(t, visitors[i], held[i].ReservationID, position).State)
			require.EqualValues(t, seatPrice, c.balance(t, visitors[i], position))
		default:
			t.Errorf("payment %d was answered %s", i, paid)
		}
	}
	counts := outcomes(payments)
	require.NotZero(t, counts["201"], fmt.Sprint(counts))
	require.NotZero(t, counts["410 hold_expired"], fmt.Sprint(counts))
}

// insist asks for a seat from just before the end of somebody's hold until a
// little after it, or until the seat is given.
func (c *cluster) insist(t *testing.T, v visitor, s sale, seat int, end time.Time) answer {
	t.Helper()
	waitUntil(t, end.Add(-20*time.Millisecond))
	for {
		began := time.Now()
		got := c.send(t, s.hold(v, seat))
		if got.status != http.StatusConflict || began.After(end.Add(100*time.Millisecond)) {
			return got
		}
	}
}

// waitUntil waits for a moment that the scenario is about.
func waitUntil(t *testing.T, moment time.Time) {
	t.Helper()
	timer := time.NewTimer(time.Until(moment))
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-t.Context().Done():
	}
}
