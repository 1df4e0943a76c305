package http_test

import (
	nethttp "net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var routeParameter = regexp.MustCompile(`:([A-Za-z]+)`)

// TestRoutesAreThoseOfTheContract checks both ways that the router and the
// contract know the same routes.
func TestRoutesAreThoseOfTheContract(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	var contracted, routed []string
	for _, o := range h.server.Operations() {
		contracted = append(contracted, o.Method+" "+o.Path)
	}
	for _, r := range h.server.Routes() {
		if strings.HasSuffix(r.Path, "*") || r.Method == nethttp.MethodHead {
			continue // files of the pages, and what every GET brings along
		}
		routed = append(routed, r.Method+" "+routeParameter.ReplaceAllString(r.Path, "{$1}"))
	}
	require.ElementsMatch(t, contracted, routed)
}

func TestUnknownPathsAreNotFound(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	for _, path := range []string{
		"/v1", "/v1/", "/v2/users", "/v1/users/", "/v1/Users", "//v1/users",
		"/v1/users/..%2f..", "/%00", "/.env", "/v1/admin", "/docs/nothing-here.js",
	} {
		answer := h.do(request{method: "GET", path: path})
		answer.requireProblem(t, 404, "not_found")
	}
}

func TestOtherMethodsAreNotAllowed(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	for path, allowed := range map[string][]string{
		"/v1/users":                             {"POST"},
		"/v1/concerts":                          {"GET", "HEAD"},
		"/v1/reservations":                      {"GET", "HEAD", "POST"},
		"/v1/reservations/" + absentID:          {"GET", "HEAD", "DELETE"},
		"/v1/queue":                             {"GET", "HEAD", "DELETE"},
		"/healthz":                              {"GET", "HEAD"},
		"/v1/concerts/x/dates/2027-05-01/seats": {"GET", "HEAD"},
	} {
		for _, method := range []string{"PUT", "PATCH", "TRACE"} {
			answer := h.do(request{method: method, path: path})
			answer.requireProblem(t, 405, "method_not_allowed")
			var listed []string
			for m := range strings.SplitSeq(answer.Header().Get("Allow"), ", ") {
				if m != nethttp.MethodOptions {
					listed = append(listed, m)
				}
			}
			require.ElementsMatch(t, allowed, listed, path)
		}
	}
}

func TestOptionsListsTheMethods(t *testing.T) {
	t.Parallel()
	answer := newHarness(t).do(request{method: "OPTIONS", path: "/v1/reservations"})
	require.Equal(t, 204, answer.Code)
	require.Contains(t, answer.Header().Get("Allow"), "POST")
}

// TestMadeUpMethods checks that a method nobody has heard of is refused like
// any other.
func TestMadeUpMethods(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	h.do(request{method: "BREW", path: "/v1/users"}).requireProblem(t, 405, "method_not_allowed")
	h.do(request{method: "BREW", path: "/v1/tea"}).requireProblem(t, 404, "not_found")
}
