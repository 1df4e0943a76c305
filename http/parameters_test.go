package http_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/query"
)

// TestPathsThatCanNameNothing answers an id in another form like one that is
// absent: there is nothing at such an address.
func TestPathsThatCanNameNothing(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	forms := []string{
		"x", "0", "-", "01900000-0000-7000-8000-00000000000", "01900000000070008000000000000030",
		strings.ToUpper("01900000-0000-7000-8000-00000000abcd"), "01900000-0000-7000-8000-0000000000300",
		"%20", "%00", "..", "'", "01900000-0000-7000-8000-0000000000%33%30", "%F0%9F%8E%B5", "*", "null",
	}
	for _, form := range forms {
		for _, test := range []struct{ method, path, token, code string }{
			{"GET", "/v1/reservations/" + form, h.access(), "reservation_not_found"},
			{"DELETE", "/v1/reservations/" + form, h.access(), "reservation_not_found"},
			{"GET", "/v1/payments/" + form, h.access(), "payment_not_found"},
			{"POST", "/v1/concerts/" + form + "/queue-tokens", h.access(), "concert_not_found"},
			{"GET", "/v1/concerts/" + form + "/dates", h.admitted(), "concert_not_found"},
			{"GET", "/v1/performances/" + form + "/seats/stream", h.admitted(), "performance_not_found"},
			{"GET", "/v1/users/" + form + "/wallet", h.access(), "not_found"},
		} {
			answer := h.do(request{method: test.method, path: test.path, token: test.token, key: "k"})
			answer.requireProblem(t, 404, test.code)
		}
	}
	for _, date := range []string{"x", "2027-5-1", "2027-05-32", "2027-02-30", "20270501", "2027-05-01T00:00:00Z", "0000-00-00"} {
		answer := h.do(request{method: "GET", path: "/v1/concerts/" + string(concertID) + "/dates/" + date + "/seats", token: h.admitted()})
		answer.requireProblem(t, 404, "date_not_found")
	}
	require.Zero(t, h.commands.count())
}

func TestQueryParameters(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	user := "/v1/users/" + string(userID)
	for _, test := range []struct{ path, token, parameter, detail string }{
		{user + "/wallet/entries?limit=0", h.access(), "limit", "must be at least 1"},
		{user + "/wallet/entries?limit=201", h.access(), "limit", "must be at most 200"},
		{user + "/wallet/entries?limit=1.5", h.access(), "limit", "must be a whole number"},
		{user + "/wallet/entries?limit=+1", h.access(), "limit", "must be a whole number"},
		{user + "/wallet/entries?limit=%2B1", h.access(), "limit", "must be a whole number"},
		{user + "/wallet/entries?limit=9223372036854775808", h.access(), "limit", "must be a whole number"},
		{user + "/wallet/entries?limit=", h.access(), "limit", "must be a whole number"},
		{user + "/wallet/entries?limit=1&limit=2", h.access(), "limit", "must be sent once"},
		{user + "/wallet/entries?cursor=a%20b", h.access(), "cursor", "must match ^[A-Za-z0-9_-]+$"},
		{user + "/wallet/entries?cursor=", h.access(), "cursor", "must have at least 1 character"},
		{user + "/wallet/entries?cursor=bad", h.access(), "cursor", "must be the cursor of a page"},
		{"/v1/concerts/" + string(concertID) + "/dates?all=yes", h.admitted(), "all", "must be true or false"},
		{"/v1/concerts/" + string(concertID) + "/dates?all=1", h.admitted(), "all", "must be true or false"},
		{"/v1/admin/events?after=-1", h.admin("events:read"), "after", "must be at least 0"},
		{"/v1/admin/events?stream=a'b", h.admin("events:read"), "stream", "must match ^[A-Za-z0-9-]+$"},
		{"/v1/admin/events?type=%00", h.admin("events:read"), "type", "must match ^[a-z0-9_.]+$"},
	} {
		p := h.do(request{method: "GET", path: test.path, token: test.token}).requireProblem(t, 422, "invalid_request")
		require.Equal(t, []fieldError{{Parameter: test.parameter, Detail: test.detail}}, p.Errors, test.path)
	}
}

func TestEveryBrokenParameterIsNamed(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	r := request{method: "GET", path: "/v1/admin/events?after=x&limit=0", token: h.admin("events:read")}
	p := h.do(r).requireProblem(t, 422, "invalid_request")
	require.Len(t, p.Errors, 2)
}

func TestQueriesThatCannotBeDecoded(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	for _, raw := range []string{"limit=%zz", "%", "a;b"} {
		r := request{method: "GET", path: "/v1/admin/events", token: h.admin("events:read")}.build(t)
		r.URL.RawQuery = raw
		h.serve(r).requireProblem(t, 400, "malformed_request")
	}
}

func TestUnknownParametersAreIgnored(t *testing.T) {
	t.Parallel()
	require.Equal(t, 200, newHarness(t).do(request{method: "GET", path: "/v1/concerts?utm_source=x"}).Code)
}

func TestMinEventPosition(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	r := sound()["listConcerts"]
	require.Equal(t, 200, h.do(r.with("Min-Event-Position", "42")).Code)
	require.Equal(t, query.Position(42), h.questions.position)
	require.Equal(t, 200, h.do(r).Code)
	require.Equal(t, query.Position(0), h.questions.position)
	for _, bad := range []string{"-1", "x", "1.5", "9007199254740992", "18446744073709551616", " "} {
		p := h.do(r.with("Min-Event-Position", bad)).requireProblem(t, 422, "invalid_request")
		require.Equal(t, "Min-Event-Position", p.Errors[0].Parameter)
	}
	h.questions.fail(query.ErrBehind)
	h.do(r.with("Min-Event-Position", "43")).requireProblem(t, 503, "projection_behind")
}

func TestIdempotencyKeys(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	for _, id := range []string{
		"holdSeats", "cancelReservation", "chargeWallet", "pay", "announceConcert", "schedulePerformance",
	} {
		r := sound()[id]
		r.key = ""
		r.token = map[bool]string{true: h.admin("concert:write"), false: h.access()}[strings.Contains(r.path, "/admin/")]
		if id == "holdSeats" || id == "pay" {
			r.token = h.admitted()
		}
		h.do(r).requireProblem(t, 400, "idempotency_key_missing")
		for _, bad := range []string{" ", "a b", "naïve", "tab\there", strings.Repeat("k", 256), "\x7f"} {
			h.do(r.with("Idempotency-Key", bad)).requireProblem(t, 400, "idempotency_key_invalid")
		}
		twice := r.build(t)
		twice.Header["Idempotency-Key"] = []string{"a", "b"}
		h.serve(twice).requireProblem(t, 400, "idempotency_key_invalid")
		require.Zero(t, h.commands.count())
	}
	r := h.holding()
	for _, good := range []string{"!", "~", strings.Repeat("k", 255), `"quoted"`} {
		r.key = good
		require.Equal(t, 201, h.do(r).Code)
		require.Equal(t, good, h.commands.last().env.IdempotencyKey)
	}
}
