package http_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/command"
	"github.com/holdfast-dev/holdfast/domain"
	"github.com/holdfast-dev/holdfast/http"
	"github.com/holdfast-dev/holdfast/waitingroom"
)

// queueState is a queue state as a client reads it.
type queueState struct {
	Token                string     `json:"token"`
	UserID               string     `json:"userId"`
	ConcertID            string     `json:"concertId"`
	State                string     `json:"state"`
	Number               int64      `json:"number"`
	Position             int64      `json:"position"`
	EstimatedWaitSeconds int64      `json:"estimatedWaitSeconds"`
	PollAfterSeconds     int64      `json:"pollAfterSeconds"`
	ExpiresAt            *time.Time `json:"expiresAt"`
}

func (a answer) queueState(t testing.TB, status int) queueState {
	t.Helper()
	require.Equal(t, status, a.Code, a.Body.String())
	var s queueState
	require.NoError(t, json.Unmarshal(a.Body.Bytes(), &s))
	return s
}

func joining() request {
	return request{method: "POST", path: "/v1/concerts/" + string(concertID) + "/queue-tokens"}
}

// TestQueueFromDoorToTill follows one place through the HTTP side of it.
func TestQueueFromDoorToTill(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	join := joining()
	join.token = h.access()
	h.rooms.set(func(r *rooms) { r.fresh = true })
	answer := h.do(join)
	state := answer.queueState(t, 201)
	require.Equal(t, "2", answer.Header().Get("Retry-After"), "1.5 s, rounded up")
	require.Equal(t, queueState{
		Token: state.Token, UserID: string(userID), ConcertID: string(concertID), State: "waiting",
		Number: 7, Position: 3, EstimatedWaitSeconds: 90, PollAfterSeconds: 2,
	}, state)

	h.rooms.set(func(r *rooms) { r.fresh = false })
	require.Equal(t, int64(7), h.do(join).queueState(t, 200).Number)

	poll := request{method: "GET", path: "/v1/queue", token: state.Token}
	answer = h.do(poll)
	require.Equal(t, "2", answer.Header().Get("Retry-After"))
	require.Equal(t, state.Token, answer.queueState(t, 200).Token, "a place that has not moved needs no other token")

	turn := waitingroom.View{Place: admittedPlace(), Phase: waitingroom.PhaseAdmitted, PollAfter: 10 * time.Minute}
	h.rooms.set(func(r *rooms) { r.view = turn })
	admitted := h.do(poll).queueState(t, 200)
	require.Equal(t, "admitted", admitted.State)
	require.NotEqual(t, state.Token, admitted.Token)
	require.Equal(t, admittedPlace().AdmittedUntil, *admitted.ExpiresAt)
	require.Zero(t, admitted.Position)

	hold := sound()["holdSeats"]
	hold.token = admitted.Token
	require.Equal(t, 201, h.do(hold).Code)
	hold.token = state.Token
	h.do(hold).requireProblem(t, 403, "not_admitted")

	h.setClock(admittedPlace().AdmittedUntil)
	dates := sound()["listDates"]
	dates.token = admitted.Token
	h.do(dates).requireProblem(t, 403, "not_admitted")
}

func TestJoinRefusals(t *testing.T) {
	t.Parallel()
	for code, status := range map[domain.Code]int{
		domain.CodeQueueClosed: 410, domain.CodeQueueUnavailable: 503, domain.CodeRateLimited: 429,
	} {
		h := newHarness(t)
		h.rooms.err = domain.Refuse(code, "No.")
		join := joining()
		join.token = h.access()
		h.do(join).requireProblem(t, status, string(code))
	}
}

// hangingRooms give up their store after a while.
type hangingRooms struct {
	http.Rooms

	patience time.Duration
}

func (r hangingRooms) Join(
	ctx context.Context, _ domain.UserID, _ domain.ConcertID, _ netip.Addr, _ waitingroom.Settings,
) (waitingroom.View, bool, error) {
	ctx, cancel := context.WithTimeout(ctx, r.patience)
	defer cancel()
	<-ctx.Done()
	return waitingroom.View{}, false, &waitingroom.RetryError{
		Refusal: domain.Refuse(domain.CodeQueueUnavailable, "The waiting room cannot be reached."),
		After:   2 * time.Second, Cause: fmt.Errorf("redis: %w", ctx.Err()),
	}
}

// TestAStoreThatHangsIsNamed tells a store that used up its own time from a
// request that used up its.
func TestAStoreThatHangsIsNamed(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		patience, limit  time.Duration
		code, retryAfter string
	}{
		"the store's time is up":   {time.Millisecond, time.Minute, "queue_unavailable", "2"},
		"the request's time is up": {time.Minute, 10 * time.Millisecond, "timeout", "1"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHarness(t, func(c *http.Config) {
				c.Timeout, c.Rooms = test.limit, hangingRooms{c.Rooms, test.patience}
			})
			join := joining()
			join.token = h.access()
			answer := h.do(join)
			answer.requireProblem(t, 503, test.code)
			require.Equal(t, test.retryAfter, answer.Header().Get("Retry-After"))
		})
	}
}

// TestJoiningAfterTheAdmissionIsOver draws another number although the waiting
// room has not heard yet that the admission was spent or given up.
func TestJoiningAfterTheAdmissionIsOver(t *testing.T) {
	t.Parallel()
	start := func(t *testing.T) (*harness, request) {
		t.Helper()
		h := newHarness(t)
		h.rooms.view = waitingroom.View{Place: admittedPlace(), Phase: waitingroom.PhaseAdmitted, PollAfter: time.Minute}
		h.over.end()
		join := joining()
		join.token = h.access()
		return h, join
	}
	t.Run("another place", func(t *testing.T) {
		t.Parallel()
		h, join := start(t)
		afresh := waitingView()
		afresh.Number, afresh.AdmissionID = 8, absentID
		h.rooms.afresh = &afresh
		state := h.do(join).queueState(t, 201)
		require.Equal(t, "waiting", state.State)
		require.Equal(t, int64(8), state.Number)
		require.Equal(t, []waitingroom.Place{admittedPlace()}, h.rooms.left)
		require.Equal(t, "waiting", h.do(request{method: "GET", path: "/v1/queue", token: state.Token}).queueState(t, 200).State)
	})
	t.Run("the turn at once", func(t *testing.T) {
		t.Parallel()
		h, join := start(t)
		afresh := h.rooms.view
		afresh.Number, afresh.AdmissionID = 8, absentID
		h.rooms.afresh = &afresh
		state := h.do(join).queueState(t, 201)
		require.Equal(t, "admitted", state.State)
		hold := sound()["holdSeats"]
		hold.token = state.Token
		require.Equal(t, 201, h.do(hold).Code)
	})
	t.Run("the same place", func(t *testing.T) {
		t.Parallel()
		h, join := start(t)
		require.Equal(t, "ended", h.do(join).queueState(t, 200).State, "no useless admission")
		require.Equal(t, 2, h.rooms.joins, "and no further attempt")
	})
	t.Run("a room that goes away", func(t *testing.T) {
		t.Parallel()
		h, join := start(t)
		h.rooms.leaving = domain.Refuse(domain.CodeQueueUnavailable, "Away.")
		h.do(join).requireProblem(t, 503, "queue_unavailable")
		require.Equal(t, 1, h.rooms.joins)
	})
	t.Run("an admission that is good", func(t *testing.T) {
		t.Parallel()
		h, join := start(t)
		h.rooms.view.AdmissionID = absentID
		require.Equal(t, "admitted", h.do(join).queueState(t, 200).State)
		require.Empty(t, h.rooms.left)
	})
}

// TestJoiningAConcertThatWasJustAnnounced waits for the read model to see
// what had been announced before the request.
func TestJoiningAConcertThatWasJustAnnounced(t *testing.T) {
	t.Parallel()
	looks := 0
	h := newHarness(t, func(c *http.Config) {
		c.QueueRules = func(domain.ConcertID) (waitingroom.Settings, bool) {
			looks++
			return waitingroom.Settings{Capacity: 1, Session: time.Minute}, looks > 1
		}
	})
	h.log.add("concert-"+string(concertID), "concert.announced.v1")
	join := joining()
	join.token = h.access()
	require.Equal(t, 200, h.do(join).Code)
	require.EqualValues(t, 1, h.questions.position, "the read model was asked to have seen the head of the log")
}

func TestJoiningNoConcert(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	h.do(request{method: "POST", path: "/v1/concerts/" + absentID + "/queue-tokens", token: h.access()}).
		requireProblem(t, 404, "concert_not_found")
	h.log.err = errStoreAway
	h.do(request{method: "POST", path: "/v1/concerts/" + absentID + "/queue-tokens", token: h.access()}).
		requireProblem(t, 503, "store_unavailable")
}

func TestLeaving(t *testing.T) {
	t.Parallel()
	leaving := func(token string) request { return request{method: "DELETE", path: "/v1/queue", token: token} }
	gaveUp := command.GiveUpAdmission{UserID: userID, ConcertID: concertID, AdmissionID: admissionID}

	t.Run("a place", func(t *testing.T) {
		t.Parallel()
		h := newHarness(t)
		leave := leaving(h.waiting())
		require.Equal(t, 204, h.do(leave).Code)
		require.Equal(t, []waitingroom.Place{waitingPlace()}, h.rooms.left)
		require.Zero(t, h.commands.count(), "the log does not know who waits")
	})
	t.Run("an admission", func(t *testing.T) {
		t.Parallel()
		h := newHarness(t)
		leave := leaving(h.admitted())
		require.Equal(t, 204, h.do(leave).Code)
		require.Equal(t, []waitingroom.Place{admittedPlace()}, h.rooms.left)
		require.Equal(t, "42", h.do(leave).Header().Get("Event-Position"))
		require.Equal(t, gaveUp, h.commands.last().request)
	})
	t.Run("an admission by the token from before", func(t *testing.T) {
		t.Parallel()
		h := newHarness(t)
		h.rooms.view = waitingroom.View{Place: admittedPlace(), Phase: waitingroom.PhaseAdmitted}
		leave := leaving(h.waiting())
		require.Equal(t, 204, h.do(leave).Code)
		require.Equal(t, gaveUp, h.commands.last().request)
	})
	t.Run("again", func(t *testing.T) {
		t.Parallel()
		h := newHarness(t)
		h.commands.err = domain.Refuse(domain.CodeNotAdmitted, "Given up.")
		leave := leaving(h.admitted())
		require.Equal(t, 204, h.do(leave).Code)
	})
	t.Run("after the payment", func(t *testing.T) {
		t.Parallel()
		h := newHarness(t)
		h.commands.err = domain.Refuse(domain.CodeAdmissionSpent, "Spent.")
		leave := leaving(h.admitted())
		h.do(leave).requireProblem(t, 401, "unauthenticated")
		require.Empty(t, h.rooms.left)
	})
	t.Run("a closed queue", func(t *testing.T) {
		t.Parallel()
		h := newHarness(t)
		h.rooms.closed = true
		leave := leaving(h.waiting())
		require.Equal(t, 204, h.do(leave).Code)
		require.Equal(t, []waitingroom.Place{waitingPlace()}, h.rooms.left, "the queue may open again")
	})
	t.Run("while the room is away", func(t *testing.T) {
		t.Parallel()
		h := newHarness(t)
		h.rooms.err = domain.Refuse(domain.CodeQueueUnavailable, "Away.")
		leave := leaving(h.waiting())
		h.do(leave).requireProblem(t, 503, "queue_unavailable")
		require.Equal(t, 204, h.do(leaving(h.admitted())).Code, "the log has it, which is what counts")
	})
}

// TestPollingAfterTheEnd shows an admission as ended once the log says so.
func TestPollingAfterTheEnd(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	h.over.end()
	state := h.do(request{method: "GET", path: "/v1/queue", token: h.admitted()}).queueState(t, 200)
	require.Equal(t, "ended", state.State)
	require.Zero(t, state.PollAfterSeconds)
}

// TestWaitingOutlastsTheAccessToken: who waits for longer than the access token
// is good still polls, has the turn, and leaves, by the queue token alone.
func TestWaitingOutlastsTheAccessToken(t *testing.T) {
	t.Parallel()
	h := newHarness(t, func(c *http.Config) { c.AccessLifetime = time.Minute })
	var user struct {
		AccessToken string `json:"accessToken"`
	}
	require.NoError(t, json.Unmarshal(h.do(sound()["createUser"]).Body.Bytes(), &user))
	join := joining()
	join.token = user.AccessToken
	state := h.do(join).queueState(t, 200)

	h.setClock(now.Add(2 * time.Hour))
	h.do(join).requireProblem(t, 401, "unauthenticated")
	poll := request{method: "GET", path: "/v1/queue", token: state.Token}
	require.Equal(t, "waiting", h.do(poll).queueState(t, 200).State)

	turn := waitingPlace()
	turn.AdmittedUntil = now.Add(3 * time.Hour)
	h.rooms.set(func(r *rooms) {
		r.view = waitingroom.View{Place: turn, Phase: waitingroom.PhaseAdmitted, PollAfter: time.Hour}
	})
	admitted := h.do(poll).queueState(t, 200)
	require.Equal(t, "admitted", admitted.State)
	hold := sound()["holdSeats"]
	hold.token = admitted.Token
	require.Equal(t, 201, h.do(hold).Code)
	require.Equal(t, 204, h.do(request{method: "DELETE", path: "/v1/queue", token: admitted.Token}).Code)
}
