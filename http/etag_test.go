package http_test

import (
	"testing"

	"github.com/stretchr/testify/require"
)

var tagged = []string{
	"listConcerts", "getQueue", "listDates", "listSeats", "listReservations", "getReservation", "getWallet",
	"listWalletEntries", "listPayments", "getPayment",
}

func TestQueriesAreTagged(t *testing.T) {
	t.Parallel()
	h, other := newHarness(t), newHarness(t)
	for _, id := range tagged {
		r := sound()[id]
		r.token = h.tokenFor(id)
		first := h.do(r)
		require.Equal(t, 200, first.Code, id)
		tag := first.Header().Get("ETag")
		require.Regexp(t, `^"[^"]+"$`, tag, id)
		require.Equal(t, "private, no-cache", first.Header().Get("Cache-Control"))
		require.Equal(t, tag, other.do(r).Header().Get("ETag"), "%s: another instance has the same tag", id)

		for _, match := range []string{tag, "W/" + tag, `"x", ` + tag, "*"} {
			unchanged := h.do(r.with("If-None-Match", match))
			require.Equal(t, 304, unchanged.Code, id)
			require.Empty(t, unchanged.Body.Bytes())
			require.Equal(t, tag, unchanged.Header().Get("ETag"))
			require.Equal(t, "private, no-cache", unchanged.Header().Get("Cache-Control"))
			require.Empty(t, unchanged.Header().Get("Content-Type"))
		}
		for _, match := range []string{`"x"`, `W/"x"`, "", tag[:len(tag)-1], "x" + tag} {
			require.Equal(t, 200, h.do(r.with("If-None-Match", match)).Code, "%s %s", id, match)
		}
	}
}

func TestTagsFollowTheContent(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	dates := sound()["listDates"]
	dates.token = h.admitted()
	some := h.do(dates).Header().Get("ETag")
	dates.path += "?all=true"
	require.NotEqual(t, some, h.do(dates).Header().Get("ETag"))

	seats := sound()["listSeats"]
	seats.token = h.admitted()
	require.Equal(t, `"17"`, h.do(seats).Header().Get("ETag"), "the revision of the seats")
	seats.path += "?available=true"
	require.Equal(t, `"17.available"`, h.do(seats).Header().Get("ETag"))
}

func TestErrorsAreNotTagged(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	r := sound()["getReservation"].with("If-None-Match", "*")
	r.path, r.token = "/v1/reservations/"+absentID, h.access()
	answer := h.do(r)
	answer.requireProblem(t, 404, "reservation_not_found")
	require.Empty(t, answer.Header().Get("ETag"))
}

func TestHeadIsGetWithoutABody(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	for _, id := range append(tagged, "getHealth", "getReadiness", "listEvents", "getStatus") {
		r := sound()[id]
		r.token = h.tokenFor(id)
		get := h.do(r)
		r.method = "HEAD"
		head := h.do(r)
		require.Equal(t, get.Code, head.Code, id)
		require.Equal(t, get.Header().Get("ETag"), head.Header().Get("ETag"), id)
	}
}
