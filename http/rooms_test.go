package http_test

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/domain"
	"github.com/holdfast-dev/holdfast/waitingroom"
)

func (h *harness) configure(body string) answer {
	h.t.Helper()
	r := sound()["configureRoom"]
	r.token, r.body = h.admin("concert:write"), body
	return h.do(r)
}

func TestOperatorsSetARoom(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	require.Equal(t, 200, h.configure(`{"capacity":25,"sessionSeconds":90}`).Code)
	require.Equal(t, waitingroom.Settings{Capacity: 25, Session: 90 * time.Second}, h.rooms.settings)
	require.Equal(t, waitingroom.Open, h.rooms.closure, "left out, it stays as it is")

	require.Contains(t, h.configure(`{"capacity":25,"sessionSeconds":90,"closed":true}`).Body.String(), `"closure":"operator"`)
	require.Contains(t, h.configure(`{"capacity":0,"sessionSeconds":90}`).Body.String(), `"closed":true`)
	require.Contains(t, h.configure(`{"capacity":0,"sessionSeconds":90,"closed":false}`).Body.String(), `"closed":false`)
	require.Contains(t, h.logged.String(), "actor=admin:ops")
	require.Contains(t, h.logged.String(), "capacity=25")
}

func TestARoomThatNobodyHasJoined(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	r := sound()["getRoom"]
	r.token = h.admin("events:read")
	answer := h.do(r)
	require.Equal(t, 200, answer.Code)
	require.JSONEq(t, `{"concertId":"`+string(concertID)+`","capacity":10,"sessionSeconds":60,"active":0,"called":0,"waiting":0,
		"serving":0,"issued":0,"ratePerMinute":0,"losses":0,"closed":false,"reachable":true}`, answer.Body.String())
}

func TestRoomsAreSetWithinBounds(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	for body, pointer := range map[string]string{
		`{"capacity":-1,"sessionSeconds":60}`:                       "/capacity",
		`{"capacity":1000001,"sessionSeconds":60}`:                  "/capacity",
		`{"capacity":1.5,"sessionSeconds":60}`:                      "/capacity",
		`{"sessionSeconds":60}`:                                     "/capacity",
		`{"capacity":1,"sessionSeconds":0}`:                         "/sessionSeconds",
		`{"capacity":1,"sessionSeconds":86401}`:                     "/sessionSeconds",
		`{"capacity":1,"sessionSeconds":60,"closed":"yes"}`:         "/closed",
		`{"capacity":1,"sessionSeconds":60,"closed":null}`:          "/closed",
		`{"capacity":1,"sessionSeconds":60,"reason":"I feel like"}`: "/reason",
	} {
		p := h.configure(body).requireProblem(t, 422, "invalid_request")
		require.Equal(t, pointer, p.Errors[0].Pointer, body)
	}
	require.False(t, h.rooms.opened, "nothing was set")
}

func TestRoomsOfNoConcertAndWithoutAStore(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	for _, id := range []string{"getRoom", "configureRoom"} {
		r := sound()[id]
		r.token = h.tokenFor(id)
		r.path = "/v1/admin/concerts/" + absentID + "/queue"
		h.do(r).requireProblem(t, 404, "concert_not_found")
	}
	h.rooms.set(func(r *rooms) {
		r.err = &waitingroom.RetryError{
			Refusal: domain.Refuse(domain.CodeQueueUnavailable, "The waiting room cannot be reached."),
			After:   time.Second, Cause: errors.New("postgres is away"),
		}
	})
	for _, id := range []string{"getRoom", "configureRoom"} {
		r := sound()[id]
		r.token = h.tokenFor(id)
		h.do(r).requireProblem(t, 503, "queue_unavailable")
	}
}
