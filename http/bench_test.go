package http_test

import (
	"io"
	"log/slog"
	nethttp "net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/holdfast-dev/holdfast/domain"
	"github.com/holdfast-dev/holdfast/http"
)

// BenchmarkHoldSeats measures everything that stands before and behind the
// command: routing, all middlewares, the body, and the answer.
func BenchmarkHoldSeats(b *testing.B) {
	benchmark(b, holdSeats)
}

func holdSeats(h *harness) *nethttp.Request {
	body := `{"performanceId":"` + string(performanceID) + `","seats":[7,8]}`
	r := httptest.NewRequest(nethttp.MethodPost, "/v1/reservations", strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer "+h.admitted())
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Idempotency-Key", "8e03978e-40d5-43e8-bc93-6894a57f9324")
	return r
}

// BenchmarkPoll measures what a polling client costs without the room.
func BenchmarkPoll(b *testing.B) {
	benchmark(b, func(h *harness) *nethttp.Request {
		r := httptest.NewRequest(nethttp.MethodGet, "/v1/queue", nethttp.NoBody)
		r.Header.Set("Authorization", "Bearer "+h.waiting())
		return r
	})
}

// BenchmarkJoin measures what joining costs without the room: a token is read
// and another one signed.
func BenchmarkJoin(b *testing.B) {
	benchmark(b, func(h *harness) *nethttp.Request {
		r := httptest.NewRequest(nethttp.MethodPost, "/v1/concerts/"+string(concertID)+"/queue-tokens", nethttp.NoBody)
		r.Header.Set("Authorization", "Bearer "+h.access())
		return r
	})
}

// BenchmarkHoldSeatsRefused measures what a refusal costs, which is what most
// people get on the day of the sale.
func BenchmarkHoldSeatsRefused(b *testing.B) {
	benchmark(b, func(h *harness) *nethttp.Request {
		refusal := domain.Refuse(domain.CodeSeatUnavailable, "These seats are taken.")
		refusal.Seats = []int{7}
		h.commands.err = refusal
		return holdSeats(h)
	})
}

func BenchmarkHealth(b *testing.B) {
	benchmark(b, func(*harness) *nethttp.Request {
		return httptest.NewRequest(nethttp.MethodGet, "/healthz", nethttp.NoBody)
	})
}

// void takes a log in, for its encoding is measured too.
type void struct{}

func (*void) Write(p []byte) (int, error) { return len(p), nil }

func benchmark(b *testing.B, build func(h *harness) *nethttp.Request) {
	b.Helper()
	h := newHarness(b, func(c *http.Config) {
		c.AccessLog = slog.New(slog.NewJSONHandler(&void{}, nil))
	})
	r := build(h)
	var body []byte
	if r.Body != nil {
		body, _ = io.ReadAll(r.Body)
	}
	handler := h.server.Handler()
	b.ReportAllocs()
	b.ResetTimer()
	for b.Loop() {
		h.commands.asked = h.commands.asked[:0]
		r.Body = io.NopCloser(strings.NewReader(string(body)))
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		if w.Code >= 300 && w.Code != nethttp.StatusConflict {
			b.Fatal(w.Code, w.Body)
		}
	}
}
