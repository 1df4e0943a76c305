package http_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/command"
	"github.com/holdfast-dev/holdfast/domain"
	"github.com/holdfast-dev/holdfast/http"
	"github.com/holdfast-dev/holdfast/internal/token"
)

// sound is one request for each operation that succeeds with the right token.
func sound() map[string]request {
	const (
		user    = "/v1/users/" + string(userID)
		concert = "/v1/concerts/" + string(concertID)
	)
	return map[string]request{
		"createUser":          {method: "POST", path: "/v1/users"},
		"listConcerts":        {method: "GET", path: "/v1/concerts"},
		"joinQueue":           {method: "POST", path: concert + "/queue-tokens"},
		"getQueue":            {method: "GET", path: "/v1/queue"},
		"leaveQueue":          {method: "DELETE", path: "/v1/queue"},
		"listDates":           {method: "GET", path: concert + "/dates"},
		"listSeats":           {method: "GET", path: concert + "/dates/2027-05-01/seats"},
		"holdSeats":           {method: "POST", path: "/v1/reservations", key: "k", body: `{"performanceId":"` + string(performanceID) + `","seats":[7]}`},
		"listReservations":    {method: "GET", path: "/v1/reservations"},
		"getReservation":      {method: "GET", path: "/v1/reservations/" + string(reservationID)},
		"cancelReservation":   {method: "DELETE", path: "/v1/reservations/" + string(reservationID), key: "k"},
		"chargeWallet":        {method: "POST", path: user + "/wallet/charges", key: "k", body: `{"amount":1000}`},
		"getWallet":           {method: "GET", path: user + "/wallet"},
		"listWalletEntries":   {method: "GET", path: user + "/wallet/entries"},
		"pay":                 {method: "POST", path: "/v1/payments", key: "k", body: `{"reservationId":"` + string(reservationID) + `"}`},
		"listPayments":        {method: "GET", path: "/v1/payments"},
		"getPayment":          {method: "GET", path: "/v1/payments/" + string(paymentID)},
		"announceConcert":     {method: "POST", path: "/v1/admin/concerts", key: "k", body: `{"title":"T","venue":"V","currency":"EUR","queue":{"capacity":1,"sessionSeconds":60}}`},
		"schedulePerformance": {method: "POST", path: "/v1/admin/concerts/" + string(concertID) + "/performances", key: "k", body: `{"startsAt":"2027-05-01T18:00:00Z","timeZone":"Europe/Berlin","seats":{"price":4500}}`},
		"getRoom":             {method: "GET", path: "/v1/admin/concerts/" + string(concertID) + "/queue"},
		"configureRoom":       {method: "PUT", path: "/v1/admin/concerts/" + string(concertID) + "/queue", body: `{"capacity":25,"sessionSeconds":90,"closed":true}`},
		"listEvents":          {method: "GET", path: "/v1/admin/events"},
		"getStatus":           {method: "GET", path: "/v1/admin/status"},
		"getHealth":           {method: "GET", path: "/healthz"},
		"getReadiness":        {method: "GET", path: "/readyz"},
		"getMetrics":          {method: "GET", path: "/metrics"},
		"getContract":         {method: "GET", path: "/openapi.json"},
		"getDocs":             {method: "GET", path: "/docs"},
		"getPage":             {method: "GET", path: "/"},
	}
}

// takers says which kinds of token open an operation. Waiting is a queue
// token before its turn.
var takers = map[string][]string{
	"joinQueue": {"access"},
	"getQueue":  {"waiting", "admitted"}, "leaveQueue": {"waiting", "admitted"},
	"listDates": {"admitted"}, "listSeats": {"admitted"}, "holdSeats": {"admitted"}, "pay": {"admitted"},
	"listReservations": {"access", "waiting", "admitted"}, "getReservation": {"access", "waiting", "admitted"},
	"listPayments": {"access", "waiting", "admitted"}, "getPayment": {"access", "waiting", "admitted"},
	"cancelReservation": {"access", "admitted"},
	"chargeWallet":      {"access"}, "getWallet": {"access"}, "listWalletEntries": {"access"},
	"announceConcert": {"admin"}, "schedulePerformance": {"admin"}, "listEvents": {"admin"}, "getStatus": {"admin"},
	"getRoom": {"admin"}, "configureRoom": {"admin"},
}

// gated are the operations that a waiting token names the right user for, but
// too early.
var gated = []string{"listDates", "listSeats", "holdSeats", "pay", "cancelReservation"}

// TestEveryOperationWithEveryToken is the whole matrix: each operation with
// each kind of token, and with those that are not good.
func TestEveryOperationWithEveryToken(t *testing.T) {
	t.Parallel()
	for id, r := range sound() {
		t.Run(id, func(t *testing.T) {
			t.Parallel()
			h := newHarness(t)
			kinds := map[string]string{
				"access": h.access(), "waiting": h.waiting(), "admitted": h.admitted(),
				"admin": h.admin("concert:write", "events:read"), "none": "", "nonsense": "a.b.c",
			}
			for kind, raw := range kinds {
				r.token = raw
				answer := h.do(r)
				switch {
				case takers[id] == nil, slices.Contains(takers[id], kind):
					require.Less(t, answer.Code, 300, "%s with %s: %s", id, kind, answer.Body)
				case kind == "waiting" && slices.Contains(gated, id):
					answer.requireProblem(t, 403, "not_admitted")
				default:
					answer.requireProblem(t, 401, "unauthenticated")
				}
			}
		})
	}
}

func TestAdminNeedsTheScope(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	for id, scope := range map[string]string{
		"announceConcert": "concert:write", "schedulePerformance": "concert:write",
		"listEvents": "events:read", "getStatus": "events:read",
	} {
		r := sound()[id]
		for _, other := range []string{"", "concert", "concert:read", "events", "*", "events:read ", "concert:write"} {
			if other == scope {
				continue
			}
			r.token = h.admin(other)
			if strings.TrimSpace(other) == scope {
				continue
			}
			h.do(r).requireProblem(t, 403, "forbidden")
		}
		r.token = h.admin(scope)
		require.Less(t, h.do(r).Code, 300)
	}
}

// TestBadTokensLookAlike sends everything that is no good token and compares
// the answers byte for byte.
func TestBadTokensLookAlike(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	foreign, err := token.NewKeys([]byte("another secret that is long enough"))
	require.NoError(t, err)
	forged, err := foreign.Sign(token.Queue(admittedPlace()), now, now.Add(time.Hour))
	require.NoError(t, err)
	expired, err := h.keys.Sign(token.Queue(admittedPlace()), now.Add(-time.Hour), now)
	require.NoError(t, err)
	good := h.admitted()
	h.over.end()
	h.log.add("admission-"+string(admissionID), "admission.spent.v1")

	r := sound()["listDates"]
	first := h.do(r)
	first.requireProblem(t, 401, "unauthenticated")
	for name, authorization := range map[string]string{
		"forged":         "Bearer " + forged,
		"expired":        "Bearer " + expired,
		"wrong kind":     "Bearer " + h.access(),
		"admin":          "Bearer " + h.admin("concert:write"),
		"spent":          "Bearer " + good,
		"cut":            "Bearer " + good[:len(good)-2],
		"alg none":       "Bearer eyJhbGciOiJub25lIiwidHlwIjoiaG9sZGZhc3QtcXVldWUrand0In0." + strings.Split(good, ".")[1] + ".",
		"another scheme": "Basic dXNlcjpwYXNz",
		"no scheme":      good,
		"two spaces":     "Bearer  " + good,
		"with a comma":   "Bearer " + good + ", Bearer " + good,
		"empty":          "Bearer ",
	} {
		answer := h.do(r.with("Authorization", authorization))
		require.Equal(t, 401, answer.Code, name)
		require.Equal(t, first.Body.String(), answer.Body.String(), name)
		require.Equal(t, first.Header().Get("WWW-Authenticate"), answer.Header().Get("WWW-Authenticate"), name)
	}
}

func TestSchemeIsCaseInsensitive(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	answer := h.do(sound()["listPayments"].with("Authorization", "bEARER "+h.access()))
	require.Equal(t, 200, answer.Code)
}

func TestTwoAuthorizationHeadersAreNone(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	r := sound()["listPayments"].build(t)
	r.Header.Add("Authorization", "Bearer "+h.access())
	r.Header.Add("Authorization", "Bearer "+h.access())
	h.serve(r).requireProblem(t, 401, "unauthenticated")
}

// TestTokensEndByTheStoresClock moves the clock that is injected; the
// machine's does not matter.
func TestTokensEndByTheStoresClock(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	r := sound()["listPayments"]
	r.token = h.access()
	require.Equal(t, 200, h.do(r).Code)
	h.setClock(now.Add(time.Hour - time.Second))
	require.Equal(t, 200, h.do(r).Code)
	h.setClock(now.Add(time.Hour))
	h.do(r).requireProblem(t, 401, "unauthenticated")
}

// TestOthersThingsLookAbsent compares the answers for another user's things
// and for things that do not exist.
func TestOthersThingsLookAbsent(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	other := h.sign(token.Access{UserID: otherUserID})
	strip := func(a answer) string {
		return strings.NewReplacer(absentID, "ID", string(reservationID), "ID", string(paymentID), "ID").Replace(a.Body.String())
	}
	for path, code := range map[string]string{
		"/v1/reservations/": "reservation_not_found",
		"/v1/payments/":     "payment_not_found",
	} {
		id := string(reservationID)
		if code == "payment_not_found" {
			id = string(paymentID)
		}
		others := h.do(request{method: "GET", path: path + id, token: other})
		absent := h.do(request{method: "GET", path: path + absentID, token: other})
		others.requireProblem(t, 404, code)
		require.Equal(t, strip(absent), strip(others))
	}
	for _, path := range []string{"/wallet", "/wallet/entries"} {
		h.do(request{method: "GET", path: "/v1/users/" + string(userID) + path, token: other}).requireProblem(t, 404, "not_found")
	}
	h.do(request{method: "POST", path: "/v1/users/" + string(userID) + "/wallet/charges", token: other, key: "k", body: `{"amount":1}`}).
		requireProblem(t, 404, "not_found")
	require.Zero(t, h.commands.count())
}

func TestGateWhileAdmitted(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	dates, hold := sound()["listDates"], sound()["holdSeats"]
	dates.token, hold.token = h.admitted(), h.admitted()
	require.Equal(t, 200, h.do(dates).Code)
	require.Equal(t, 201, h.do(hold).Code)

	h.setClock(admittedPlace().AdmittedUntil.Add(-time.Microsecond))
	require.Equal(t, 200, h.do(dates).Code)
	h.setClock(admittedPlace().AdmittedUntil)
	h.do(dates).requireProblem(t, 403, "not_admitted")

	// A command decides itself, after it has looked for an earlier answer.
	require.Equal(t, 201, h.do(hold).Code)
	asked, ok := h.commands.last().request.(command.HoldSeats)
	require.True(t, ok)
	require.Equal(t, admittedPlace().AdmittedUntil, asked.AdmittedUntil)
	h.commands.err = domain.Refuse(domain.CodeNotAdmitted, "Over.")
	h.do(hold).requireProblem(t, 403, "not_admitted")
}

func TestGateOfAnotherConcert(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	dates := sound()["listDates"]
	dates.token = h.admitted()
	dates.path = "/v1/concerts/" + string(otherConcert) + "/dates"
	h.do(dates).requireProblem(t, 403, "not_admitted")
	dates.path = "/v1/concerts/" + absentID + "/dates"
	h.do(dates).requireProblem(t, 404, "concert_not_found")
}

func TestGateAfterGivingUp(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	dates := sound()["listDates"]
	dates.token = h.admitted()
	h.over.end()
	h.log.add("admission-"+string(admissionID), "admission.given_up.v1")
	h.do(dates).requireProblem(t, 403, "not_admitted")
}

func TestGateAfterThePayment(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	dates, hold := sound()["listDates"], sound()["holdSeats"]
	dates.token, hold.token = h.admitted(), h.admitted()
	h.over.end()
	h.log.add("admission-"+string(admissionID), "admission.spent.v1")
	h.do(dates).requireProblem(t, 401, "unauthenticated")

	// Commands look for an earlier answer to the same request first.
	require.Equal(t, 201, h.do(hold).Code)
	h.commands.err = domain.Refuse(domain.CodeAdmissionSpent, "Spent.")
	h.do(hold).requireProblem(t, 401, "unauthenticated")
}

func TestGateNeedsTheLogOnlyToTellHowItEnded(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	h.log.err = errStoreAway
	dates := sound()["listDates"]
	dates.token = h.admitted()
	require.Equal(t, 200, h.do(dates).Code)
	h.over.end()
	h.do(dates).requireProblem(t, 503, "store_unavailable")
}

func TestExternalIdentityMakesNoUsers(t *testing.T) {
	t.Parallel()
	h := newHarness(t, func(c *http.Config) { c.ExternalIdentity = true })
	h.do(sound()["createUser"]).requireProblem(t, 404, "not_found")
}
