package scenario

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
)

// sameKey: the same request under the same key, sixty-four times at once over
// all servers, has one effect and one answer, byte for byte. Another request
// under that key is refused.
func sameKey(t *testing.T, c *cluster) {
	const times = 64
	s := c.openSale(t, 20)
	v := c.visitor(t, s)
	repeat := func(key string, a ask) answer {
		a.key = key
		answers := atOnce(times, func(int) answer { return c.send(t, a) })
		for _, got := range answers {
			require.Equal(t, http.StatusCreated, got.status, "%s", got.body)
			require.Equal(t, string(answers[0].body), string(got.body))
			require.Equal(t, answers[0].position, got.position)
		}
		return answers[0]
	}
	refuse := func(key string, a ask) {
		a.key = key
		require.Equal(t, "422 idempotency_key_reused", c.send(t, a).outcome())
	}

	charged := repeat("a-charge", v.charge(10*seatPrice))
	refuse("a-charge", v.charge(1))
	require.EqualValues(t, 10*seatPrice, c.balance(t, v, charged.position))

	held := read[reservation](t, repeat("a-hold", s.hold(v, 5, 6)))
	refuse("a-hold", s.hold(v, 7))

	paid := repeat("a-payment", v.pay(held.ReservationID))
	require.EqualValues(t, 8*seatPrice, c.balance(t, v, paid.position))

	// After the payment the answer to the hold is still the one of then.
	again := read[reservation](t, repeat("a-hold", s.hold(v, 6, 5)))
	require.Equal(t, held, again)
	require.Equal(t, "held", again.State)
}
