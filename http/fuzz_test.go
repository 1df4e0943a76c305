package http_test

import (
	"encoding/json"
	nethttp "net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/command"
)

// FuzzHoldSeats sends any body at all. What is accepted reaches the command
// as sound values; everything else is refused before the command, and never
// with a fault of ours.
func FuzzHoldSeats(f *testing.F) {
	h := newHarness(f)
	authorization := "Bearer " + h.admitted()
	for _, seed := range []string{
		h.holding().body, `{"performanceId":"x","seats":[0]}`, `{"seats":[1e400],"performanceId":null}`, `[]`, `{`, "\x00",
		`{"performanceId":"01900000-0000-7000-8000-000000000020","seats":[9223372036854775808]}`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		r := httptest.NewRequest(nethttp.MethodPost, "/v1/reservations", strings.NewReader(body))
		r.Header.Set("Authorization", authorization)
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Idempotency-Key", "k")
		before := h.commands.count()
		w := httptest.NewRecorder()
		h.server.Handler().ServeHTTP(w, r)
		switch w.Code {
		case 201:
			request, ok := h.commands.last().request.(command.HoldSeats)
			require.True(t, ok)
			require.Len(t, request.PerformanceID, 36)
			require.NotEmpty(t, request.Seats)
			require.LessOrEqual(t, len(request.Seats), 8)
			for _, seat := range request.Seats {
				require.True(t, seat >= 1 && seat <= 100_000)
			}
		case 400, 413, 422:
			require.Equal(t, before, h.commands.count())
			require.True(t, json.Valid(w.Body.Bytes()))
		default:
			t.Fatalf("%d for %q", w.Code, body)
		}
	})
}

// FuzzSchedule does the same with a body of texts, times and optional fields.
func FuzzSchedule(f *testing.F) {
	h := newHarness(f)
	r := sound()["schedulePerformance"]
	authorization := "Bearer " + h.admin("concert:write")
	for _, seed := range []string{
		r.body, `{"startsAt":"2027-05-01T23:59:60Z","timeZone":"Local","seats":{"count":1,"price":1}}`,
		`{"startsAt":"0000-01-01T00:00:00.123456789123+23:59","timeZone":"../../etc","seats":{"price":9007199254740992}}`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		out := httptest.NewRequest(r.method, r.path, strings.NewReader(body))
		out.Header.Set("Authorization", authorization)
		out.Header.Set("Content-Type", "application/json")
		out.Header.Set("Idempotency-Key", "k")
		w := httptest.NewRecorder()
		h.server.Handler().ServeHTTP(w, out)
		require.Contains(t, []int{201, 400, 413, 422}, w.Code, "%q: %s", body, w.Body)
	})
}

// FuzzRequests sends any path, query and headers.
func FuzzRequests(f *testing.F) {
	h := newHarness(f)
	token := h.admin("events:read")
	f.Add("/v1/admin/events", "after=1&limit=2", "application/json", `"x"`, "1")
	f.Add("/v1/concerts/%2e%2e/dates", "all=true;", "*/*;q=1.1", "*", "-1")
	f.Add("/docs/../", "%zz", ",", `W/"x"`, "1e3")
	f.Fuzz(func(t *testing.T, path, query, accept, match, position string) {
		r := httptest.NewRequest(nethttp.MethodGet, "/", nethttp.NoBody)
		r.URL.Path, r.URL.RawQuery = path, query
		r.Header.Set("Authorization", "Bearer "+token)
		r.Header.Set("Accept", accept)
		r.Header.Set("If-None-Match", match)
		r.Header.Set("Min-Event-Position", position)
		w := httptest.NewRecorder()
		h.server.Handler().ServeHTTP(w, r)
		require.Less(t, w.Code, 500, "%q %q", path, query)
	})
}
