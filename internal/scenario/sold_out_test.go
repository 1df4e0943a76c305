package scenario

import (
	"bufio"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/domain"
	"github.com/holdfast-dev/holdfast/internal/token"
)

// place is a queue state, as far as the scenarios look at it.
type place struct {
	Token  string `json:"token"`
	State  string `json:"state"`
	Number int64  `json:"number"`
}

// queuePatience bounds how long the servers may take to agree about a queue.
const queuePatience = 20 * time.Second

func (c *cluster) join(t *testing.T, s sale) (visitor, place) {
	t.Helper()
	v := visitor{id: domain.UserID(uuid.NewString())}
	v.access = c.sign(t, token.Access{UserID: v.id})
	p, _ := need[place](t, c, 201, ask{
		method: "POST", path: "/concerts/" + string(s.concert) + "/queue-tokens", bearer: v.access,
	})
	v.turn = p.Token
	return v, p
}

// poll asks for a place until all servers answer the same that is expected.
func (c *cluster) poll(t *testing.T, p place, outcome string) {
	t.Helper()
	agreed := func() bool {
		for range servers {
			if c.send(t, ask{method: "GET", path: "/queue", bearer: p.Token}).outcome() != outcome {
				return false
			}
		}
		return true
	}
	require.Eventually(t, agreed, queuePatience, 50*time.Millisecond, "GET /v1/queue does not answer %s everywhere", outcome)
}

// soldOut sells every seat. Those who wait are told, by poll and by stream,
// on each server; a held seat closes nothing, and another date opens the queue
// for those who stood in it.
func soldOut(t *testing.T, c *cluster) {
	admin := c.sign(t, token.Admin{Name: "scenario", Scopes: []string{"concert:write", "events:read"}})
	s := c.openSale(t, 2)
	need[any](t, c, 200, ask{
		method: "PUT", path: "/admin/concerts/" + string(s.concert) + "/queue", bearer: admin,
		body: map[string]int{"capacity": 1, "sessionSeconds": 600},
	})
	buyer, first := c.join(t, s)
	_, waiting := c.join(t, s)
	require.Equal(t, []string{"admitted", "waiting"}, []string{first.State, waiting.State}, "the capacity is one")
	refused := c.follow(t, waiting)

	// The other seat is sold to somebody who came in before.
	early := c.visitor(t, s)
	for _, v := range []visitor{buyer, early} {
		need[any](t, c, 201, v.charge(seatPrice))
	}
	held, _ := need[reservation](t, c, 201, s.hold(early, 2))
	mine, _ := need[reservation](t, c, 201, s.hold(buyer, 1))
	need[any](t, c, 201, early.pay(held.ReservationID))
	c.poll(t, waiting, "200")
	need[any](t, c, 201, buyer.pay(mine.ReservationID))

	c.poll(t, waiting, "410 queue_closed")
	require.Contains(t, <-refused, "queue_closed", "the stream ends with the same")
	late := c.sign(t, token.Access{UserID: domain.UserID(uuid.NewString())})
	for range servers {
		got := c.send(t, ask{method: "POST", path: "/concerts/" + string(s.concert) + "/queue-tokens", bearer: late})
		require.Equal(t, "410 queue_closed", got.outcome())
	}
	need[any](t, c, 201, ask{
		method: "POST", path: "/admin/concerts/" + string(s.concert) + "/performances", bearer: admin,
		body: map[string]any{
			"startsAt": time.Now().AddDate(0, 2, 0).UTC().Truncate(time.Second), "timeZone": "UTC",
			"seats": map[string]int{"count": 1, "price": seatPrice},
		},
	})
	c.poll(t, waiting, "200")
	admitted := func() bool {
		state, _ := need[place](t, c, 200, ask{method: "GET", path: "/queue", bearer: waiting.Token})
		return state.State == "admitted" && state.Number == waiting.Number
	}
	require.Eventually(t, admitted, queuePatience, 50*time.Millisecond, "the one who waited is the next")
}

// follow opens the stream of a place and hands over the line of data with
// which it refuses to go on.
func (c *cluster) follow(t *testing.T, p place) <-chan string {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+c.next()+"/v1/queue/stream", http.NoBody)
	require.NoError(t, err)
	request.Header.Set("Authorization", "Bearer "+p.Token)
	response, err := c.client.Do(request) //nolint:bodyclose // the goroutine below closes it
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, response.StatusCode)
	last := make(chan string, 1)
	go func() {
		defer func() { _ = response.Body.Close() }()
		var data string
		for lines := bufio.NewScanner(response.Body); lines.Scan(); {
			if text, is := strings.CutPrefix(lines.Text(), "data: "); is {
				data = text
			}
		}
		last <- data
	}()
	return last
}
