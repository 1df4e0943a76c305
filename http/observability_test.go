package http_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	nethttp "net/http"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/holdfast-dev/holdfast/domain"
	"github.com/holdfast-dev/holdfast/http"
)

// TestAccessLogHoldsNoSecrets makes requests full of secrets and looks for
// them in what was logged.
func TestAccessLogHoldsNoSecrets(t *testing.T) {
	t.Parallel()
	var lines syncBuffer
	h := newHarness(t, func(c *http.Config) { c.AccessLog = slog.New(slog.NewJSONHandler(&lines, nil)) })
	r := h.holding().with("X-Api-Key", "hunter2").with("Cookie", "session=hunter2")
	r.path += "?password=hunter2"
	require.Equal(t, 201, h.do(r).Code)
	h.do(request{method: "GET", path: "/hunter2?token=hunter2"}).requireProblem(t, 404, "not_found")
	h.do(request{method: "GET", path: "/v1/payments", token: "hunter2"}).requireProblem(t, 401, "unauthenticated")

	text := lines.String()
	require.NotContains(t, text, "hunter2")
	require.NotContains(t, text, r.token)
	require.NotContains(t, text, string(performanceID), "no bodies")

	var line map[string]any
	require.NoError(t, json.Unmarshal([]byte(strings.SplitN(text, "\n", 2)[0]), &line))
	require.Equal(t, "POST", line["method"])
	require.Equal(t, "/v1/reservations", line["route"])
	require.EqualValues(t, 201, line["status"])
	require.Equal(t, "user:"+string(userID), line["actor"])
	require.NotEmpty(t, line["request_id"])
	require.NotEmpty(t, line["time"])
	require.Equal(t, "INFO", line["level"])
	require.Equal(t, "request", line["msg"])
	require.NotZero(t, line["bytes"])
	require.Regexp(t, `^[0-9.]+(ns|µs|ms|s)$`, line["duration"])
	require.Contains(t, text, `"route":"none","status":404,"code":"not_found"`)
}

func TestRequestIDs(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	r := sound()["listConcerts"]
	require.Equal(t, "a.B-9_z", h.do(r.with("X-Request-ID", "a.B-9_z")).Header().Get("X-Request-ID"))
	for _, bad := range []string{"", "a b", "a\tb", "x=1", strings.Repeat("x", 65), "ü", `";drop`} {
		id := h.do(r.with("X-Request-ID", bad)).Header().Get("X-Request-ID")
		_, ok := domain.ParseID[domain.UserID](id)
		require.True(t, ok, "%q was taken for an id: %q", bad, id)
	}
}

func TestPanicsAreFaults(t *testing.T) {
	t.Parallel()
	h := newHarness(t, func(c *http.Config) {
		c.Questions.Concerts = nil
		c.Questions.Concerts = panicking{}
	})
	answer := h.do(sound()["listConcerts"])
	answer.requireProblem(t, 500, "internal")
	require.NotContains(t, answer.Body.String(), "boom")
	require.Contains(t, h.logged.String(), "boom")
	require.Contains(t, h.logged.String(), "observability_test.go", "the stack is logged")
	require.Equal(t, 200, h.do(sound()["getHealth"]).Code)
}

func TestMetrics(t *testing.T) {
	t.Parallel()
	registry := prometheus.NewRegistry()
	h := newHarness(t, func(c *http.Config) { c.Registry = registry })
	h.do(h.holding())
	h.commands.replayed = true
	h.do(h.holding())
	h.commands.err = domain.Refuse(domain.CodeSeatUnavailable, "Taken.")
	h.do(h.holding())
	h.do(h.holding())
	h.commands.err = errStoreAway
	h.do(h.holding())
	commands := h.do(sound()["getMetrics"]).Body.String()
	for _, line := range []string{
		`holdfast_commands_total{command="hold_seats",outcome="accepted"} 1`,
		`holdfast_commands_total{command="hold_seats",outcome="replayed"} 1`,
		`holdfast_commands_total{command="hold_seats",outcome="seat_unavailable"} 2`,
		`holdfast_commands_total{command="hold_seats",outcome="store_unavailable"} 1`,
	} {
		require.Contains(t, commands, line+"\n")
	}

	for i := range 50 {
		h.do(request{method: "GET", path: "/made-up/" + strings.Repeat("x", i)})
		h.do(request{method: "GET" + strings.Repeat("X", i+1), path: "/healthz"})
	}
	text := h.do(sound()["getMetrics"]).Body.String()
	require.Contains(t, text, `holdfast_http_request_duration_seconds_count{method="POST",route="/v1/reservations",status="201"} 2`)
	require.Contains(t, text, `holdfast_http_request_duration_seconds_count{method="GET",route="none",status="404"} 50`)
	require.Contains(t, text, `method="other",route="/healthz",status="405"`)
	require.NotContains(t, text, "made-up")
	require.NotContains(t, text, "GETX")
}

func TestMetricsAreRegisteredOnce(t *testing.T) {
	t.Parallel()
	registry := prometheus.NewRegistry()
	newHarness(t, func(c *http.Config) { c.Registry = registry })
	_, err := http.New(func() http.Config {
		var config http.Config
		newHarness(t, func(c *http.Config) { config = *c })
		config.Registry = registry
		return config
	}())
	require.ErrorContains(t, err, "metrics")
}

func TestReadiness(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	faults := map[string]error{"postgres": errStoreAway, "redis": nil, "projections": errors.New("behind")}
	probe := func(name string) http.Probe {
		return http.Probe{Name: name, Check: func(context.Context) error {
			mu.Lock()
			defer mu.Unlock()
			return faults[name]
		}}
	}
	h := newHarness(t, func(c *http.Config) {
		c.Probes = []http.Probe{probe("postgres"), probe("redis"), probe("projections")}
	})
	answer := h.do(sound()["getReadiness"])
	require.Equal(t, 503, answer.Code)
	require.JSONEq(t, `{"status":"unavailable","missing":["postgres","projections"]}`, answer.Body.String())
	require.Contains(t, h.logged.String(), "10.0.0.7")

	mu.Lock()
	clear(faults)
	mu.Unlock()
	answer = h.do(sound()["getReadiness"])
	require.Equal(t, 200, answer.Code)
	require.JSONEq(t, `{"status":"ready","missing":[]}`, answer.Body.String())
}

func TestReadinessDoesNotHang(t *testing.T) {
	t.Parallel()
	h := newHarness(t, func(c *http.Config) {
		c.Timeout = 50 * time.Millisecond
		c.Probes = []http.Probe{{Name: "postgres", Check: func(ctx context.Context) error {
			<-ctx.Done()
			return ctx.Err()
		}}}
	})
	require.Equal(t, 503, h.do(sound()["getReadiness"]).Code)
}

func TestTraces(t *testing.T) {
	t.Parallel()
	spans := tracetest.NewSpanRecorder()
	provider := trace.NewTracerProvider(trace.WithSpanProcessor(spans))
	h := newHarness(t, func(c *http.Config) { c.Tracing = provider })
	r := h.holding().with("Traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
	require.Equal(t, 201, h.do(r).Code)
	ended := spans.Ended()
	require.Len(t, ended, 1)
	span := ended[0]
	require.Equal(t, "POST /v1/reservations", span.Name())
	require.Equal(t, "4bf92f3577b34da6a3ce929d0e0e4736", span.SpanContext().TraceID().String())
	require.Equal(t, "00f067aa0ba902b7", span.Parent().SpanID().String())
	require.Contains(t, h.commands.last().env.TraceParent, span.SpanContext().SpanID().String(),
		"events carry the span that made them")

	h.commands.err = errStoreAway
	h.do(h.holding()).requireProblem(t, 503, "store_unavailable")
	require.Equal(t, codes.Error, spans.Ended()[1].Status().Code)
}

// TestTraceContextsInAnotherForm are not recorded with events.
func TestTraceContextsInAnotherForm(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	for _, bad := range []string{
		"", "x", "00-00000000000000000000000000000000-00f067aa0ba902b7-01", strings.Repeat("0", 500),
		"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'; DROP", "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
	} {
		require.Equal(t, 201, h.do(h.holding().with("Traceparent", bad)).Code)
		require.Empty(t, h.commands.last().env.TraceParent, bad)
	}
}

func TestSecurityHeaders(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	for _, r := range []request{
		sound()["getHealth"], {method: "GET", path: "/nowhere"}, {method: "GET", path: "/v1/payments"}, {method: "PUT", path: "/healthz"},
	} {
		header := h.do(r).Header()
		require.Equal(t, "nosniff", header.Get("X-Content-Type-Options"))
		require.Equal(t, "no-referrer", header.Get("Referrer-Policy"))
		require.Equal(t, "default-src 'none'; frame-ancestors 'none'", header.Get("Content-Security-Policy"))
		require.Equal(t, "no-store", header.Get("Cache-Control"))
		require.Empty(t, header.Get("Server"))
	}
}

func TestNotAcceptable(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	for id, r := range sound() {
		r.token = h.tokenFor(id)
		answer := h.do(r.with("Accept", "image/png"))
		if strings.HasPrefix(r.path, "/v1/") && id != "leaveQueue" {
			answer.requireProblem(t, 406, "not_acceptable")
		} else {
			require.Less(t, answer.Code, 300, "%s says nothing, or says it to machines", id)
		}
	}
}

// limiter refuses everybody and remembers whom.
type limiter struct {
	mu      sync.Mutex
	callers []string
}

func (l *limiter) Allow(_ context.Context, caller, operation string) (time.Duration, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.callers = append(l.callers, operation+" "+caller)
	return 90 * time.Second, false
}

func TestRateLimit(t *testing.T) {
	t.Parallel()
	limit := &limiter{}
	h := newHarness(t, func(c *http.Config) { c.Limiter = limit })
	answer := h.do(h.holding())
	answer.requireProblem(t, 429, "rate_limited")
	require.Equal(t, "90", answer.Header().Get("Retry-After"))
	h.do(sound()["createUser"]).requireProblem(t, 429, "rate_limited")
	admin := sound()["getStatus"]
	admin.token = h.admin("events:read")
	h.do(admin).requireProblem(t, 429, "rate_limited")
	require.Equal(t, 200, h.do(sound()["getHealth"]).Code, "machines that watch are not limited")
	h.do(request{method: "GET", path: "/v1/payments"}).requireProblem(t, 401, "unauthenticated")
	require.Equal(t, []string{
		"holdSeats user:" + string(userID), "createUser address:192.0.2.1", "getStatus admin:ops",
	}, limit.callers)
}

// TestAddresses checks whose word is taken for where a request comes from.
func TestAddresses(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		trusted []netip.Prefix
		want    string
	}{
		"nobody is believed": {nil, "192.0.2.1"},
		"a proxy is":         {[]netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}, "203.0.113.9"},
	} {
		limit := &limiter{}
		h := newHarness(t, func(c *http.Config) { c.Limiter, c.TrustedProxies = limit, test.trusted })
		h.do(sound()["createUser"].with("X-Forwarded-For", "10.1.1.1, 203.0.113.9").with("X-Real-Ip", "10.2.2.2"))
		require.Equal(t, []string{"createUser address:" + test.want}, limit.callers, name)
	}
}

func TestDocs(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	page := h.do(sound()["getDocs"])
	require.Equal(t, 200, page.Code)
	require.Contains(t, page.Header().Get("Content-Type"), "text/html")
	policy := page.Header().Get("Content-Security-Policy")
	require.NotContains(t, policy, "script-src 'self' 'unsafe-inline'")
	require.Equal(t, 2, strings.Count(policy, "'sha256-"))
	require.NotContains(t, page.Body.String(), "//cdn", "nothing from elsewhere")
	for _, file := range []string{"swagger-ui-bundle.js", "swagger-ui-standalone-preset.js", "swagger-ui.css", "favicon-32x32.png"} {
		require.Contains(t, page.Body.String(), "/docs/"+file)
		got := h.do(request{method: "GET", path: "/docs/" + file})
		require.Equal(t, nethttp.StatusOK, got.Code, file)
		require.NotZero(t, got.Body.Len())
	}

	document := h.do(sound()["getContract"])
	require.Equal(t, 200, document.Code)
	require.True(t, json.Valid(document.Body.Bytes()))
	require.True(t, bytes.Contains(document.Body.Bytes(), []byte(`"openapi":"3.0.3"`)))
}
