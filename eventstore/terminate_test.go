package eventstore_test

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/eventstore"
	"github.com/holdfast-dev/holdfast/internal/pgtest"
)

// aside returns the address with a name for sessions that are not to be
// disturbed.
func aside(databaseURL string) string {
	separator := "?"
	if strings.Contains(databaseURL, "?") {
		separator = "&"
	}
	return databaseURL + separator + "application_name=observer"
}

// The connections of the writers are cut over and over while orders are under
// way. What was acknowledged is there, what was not is there wholly or not at
// all, and an order that is sent again under its key takes effect once.
func TestLostConnectionsLoseNothing(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name    string
		writers int
		victims string
	}{
		{"one writer, its appending connection", 1, "% writer"},
		{"one writer, any connection", 1, "holdfast%"},
		{"two writers, their appending connections", 2, "% writer"},
		{"two writers, any connection", 2, "holdfast%"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			databaseURL := pgtest.New(t)
			observer := openLog(t, aside(databaseURL), eventstore.Options{})
			stores := make([]store, test.writers)
			for i := range stores {
				stores[i] = openStore(t, databaseURL, settings{log: eventstore.Options{PollInterval: 20 * time.Millisecond}})
			}
			conn := owner(t, databaseURL)
			c := newCrowd(t, 12, stores, observer.log)
			cut := 0
			for i := range 400 {
				c.send(randomOrder())
				if i%10 == 9 {
					cut += terminate(t, conn, test.victims)
				}
			}
			outcomes := c.wait()
			require.Greater(t, cut, 20, "connections cut")
			p := retrace(t, observer.log)
			p.judge(t, outcomes)
		})
	}
}

// randomOrder is over few streams and tags, like anyOrder.
func randomOrder() order {
	pick := func(from ...string) []string {
		rand.Shuffle(len(from), func(i, j int) { from[i], from[j] = from[j], from[i] })
		return from[:rand.IntN(len(from)+1)]
	}
	return order{
		reads:    pick("a", "b", latest+"c", "tag:x", "tag:y"),
		writes:   pick("a", "b/x", "b/y", latest+"c/x"),
		modulo:   rand.IntN(3),
		freshTag: []string{"", "x", "y"}[rand.IntN(3)],
		keyed:    rand.IntN(4) > 0,
	}
}

// A connection that was lost while nobody needed it is nobody's error.
func TestAConnectionLostInIdlenessIsNotNoticed(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	receipt := mustAppend(t, s, "s", "1")
	require.Positive(t, terminate(t, owner(t, urlOf(s)), "% writer"))
	eventually(t, "the writer to have been idle", func() bool {
		return head(t, s.log).Now.Sub(receipt.Events[0].RecordedAt) > 1100*time.Millisecond
	})
	mustAppend(t, s, "s", "2")
	requireLength(t, s.log, 2)
}
