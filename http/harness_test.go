package http_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	nethttp "net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/domain"
	"github.com/holdfast-dev/holdfast/http"
	"github.com/holdfast-dev/holdfast/internal/token"
	"github.com/holdfast-dev/holdfast/waitingroom"
)

const (
	userID        = domain.UserID("01900000-0000-7000-8000-000000000001")
	otherUserID   = domain.UserID("01900000-0000-7000-8000-000000000002")
	concertID     = domain.ConcertID("01900000-0000-7000-8000-000000000010")
	otherConcert  = domain.ConcertID("01900000-0000-7000-8000-000000000011")
	performanceID = domain.PerformanceID("01900000-0000-7000-8000-000000000020")
	reservationID = domain.ReservationID("01900000-0000-7000-8000-000000000030")
	paymentID     = domain.PaymentID("01900000-0000-7000-8000-000000000040")
	chargeID      = domain.ChargeID("01900000-0000-7000-8000-000000000050")
	admissionID   = domain.AdmissionID("01900000-0000-7000-8000-000000000060")
	absentID      = "01900000-0000-7000-8000-0000000000ff"
)

var (
	now           = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	secret        = []byte("0123456789abcdef0123456789abcdef")
	errStoreAway  = errors.New("postgres://holdfast:secret@10.0.0.7/holdfast refused the connection")
	errContention = errors.New("moved")
)

// harness is a server over fakes. Every answer that it gives is checked
// against the contract.
type harness struct {
	t         testing.TB
	server    *http.Server
	keys      *token.Keys
	commands  *commands
	questions *questions
	rooms     *rooms
	over      *over
	log       *eventLog
	clock     atomic.Int64
	logged    *syncBuffer
}

func newHarness(t testing.TB, change ...func(*http.Config)) *harness {
	t.Helper()
	keys, err := token.NewKeys(secret)
	require.NoError(t, err)
	h := &harness{
		t: t, keys: keys,
		commands:  &commands{},
		questions: &questions{watch: newSeatWatch()},
		rooms:     &rooms{views: make(chan waitingroom.View, 16), ended: io.EOF, view: waitingView()},
		over:      &over{ids: map[domain.AdmissionID]bool{}},
		log:       &eventLog{},
		logged:    &syncBuffer{},
	}
	h.setClock(now)
	config := http.Config{
		Commands: h.commands, Questions: h.questions.all(), Rooms: h.rooms, Admissions: h.over, Log: h.log,
		QueueRules: func(id domain.ConcertID) (waitingroom.Settings, bool) {
			return waitingroom.Settings{Capacity: 10, Session: time.Minute}, id == concertID || id == otherConcert
		},
		Followers: func(context.Context) ([]http.Follower, error) {
			return []http.Follower{{Name: "seats", Position: 0}}, nil
		},
		Currency: "EUR",
		Keys:     keys,
		Clock:    func() time.Time { return time.UnixMicro(h.clock.Load()).UTC() },
		NewID:    func() string { return uuid.Must(uuid.NewV7()).String() },
		Logger:   slog.New(slog.NewTextHandler(h.logged, nil)),
		Faults: []http.Fault{
			{Err: errStoreAway, Code: http.CodeStoreUnavailable},
			{Err: errContention, Code: http.CodeConflict},
		},
	}
	for _, c := range change {
		c(&config)
	}
	h.server, err = http.New(config)
	require.NoError(t, err)
	return h
}

func (h *harness) setClock(t time.Time) { h.clock.Store(t.UnixMicro()) }

func waitingView() waitingroom.View {
	return waitingroom.View{
		Place: waitingPlace(), Phase: waitingroom.PhaseWaiting, Position: 3,
		EstimatedWait: 90 * time.Second, PollAfter: 1500 * time.Millisecond,
	}
}

func waitingPlace() waitingroom.Place {
	return waitingroom.Place{UserID: userID, ConcertID: concertID, AdmissionID: admissionID, Number: 7}
}

func admittedPlace() waitingroom.Place {
	place := waitingPlace()
	place.AdmittedUntil = now.Add(10 * time.Minute)
	return place
}

// Tokens of each kind.

func (h *harness) sign(b token.Bearer) string {
	h.t.Helper()
	raw, err := h.keys.Sign(b, now, now.Add(time.Hour))
	require.NoError(h.t, err)
	return raw
}

func (h *harness) access() string   { return h.sign(token.Access{UserID: userID}) }
func (h *harness) waiting() string  { return h.sign(token.Queue(waitingPlace())) }
func (h *harness) admitted() string { return h.sign(token.Queue(admittedPlace())) }
func (h *harness) admin(scopes ...string) string {
	return h.sign(token.Admin{Name: "ops", Scopes: scopes})
}

// request is one request to a server.
type request struct {
	method, path string
	token        string
	key          string
	body         string
	header       map[string]string
}

func (r request) with(name, value string) request {
	header := map[string]string{name: value}
	for k, v := range r.header {
		if k != name {
			header[k] = v
		}
	}
	r.header = header
	return r
}

func (r request) build(t testing.TB) *nethttp.Request {
	t.Helper()
	var body io.Reader
	if r.body != "" {
		body = strings.NewReader(r.body)
	}
	out := httptest.NewRequestWithContext(t.Context(), r.method, r.path, body)
	if r.body != "" {
		out.Header.Set("Content-Type", "application/json")
	}
	if r.token != "" {
		out.Header.Set("Authorization", "Bearer "+r.token)
	}
	if r.key != "" {
		out.Header.Set("Idempotency-Key", r.key)
	}
	for name, value := range r.header {
		if value == "" {
			out.Header.Del(name)
			continue
		}
		out.Header.Set(name, value)
	}
	return out
}

// answer is what came back.
type answer struct {
	*httptest.ResponseRecorder
}

func (h *harness) do(r request) answer {
	h.t.Helper()
	return h.serve(r.build(h.t))
}

func (h *harness) serve(r *nethttp.Request) answer {
	h.t.Helper()
	w := httptest.NewRecorder()
	h.server.Handler().ServeHTTP(w, r)
	requireContract(h.t, r, w)
	return answer{w}
}

// problem is an error as a client reads it.
type problem struct {
	Type     string       `json:"type"`
	Title    string       `json:"title"`
	Status   int          `json:"status"`
	Detail   string       `json:"detail"`
	Instance string       `json:"instance"`
	Code     string       `json:"code"`
	Seats    []int        `json:"seats"`
	Errors   []fieldError `json:"errors"`
}

type fieldError struct {
	Pointer   string `json:"pointer"`
	Parameter string `json:"parameter"`
	Detail    string `json:"detail"`
}

// requireProblem checks that the answer is an error with the code, in the
// form that every error has.
func (a answer) requireProblem(t testing.TB, status int, code string) problem {
	t.Helper()
	require.Equal(t, status, a.Code, a.Body.String())
	require.Equal(t, "application/problem+json", a.Header().Get("Content-Type"))
	require.Equal(t, "no-store", a.Header().Get("Cache-Control"))
	var p problem
	require.NoError(t, json.Unmarshal(a.Body.Bytes(), &p))
	require.Equal(t, code, p.Code, a.Body.String())
	require.Equal(t, status, p.Status)
	require.NotEmpty(t, p.Title)
	require.NotEmpty(t, p.Detail)
	require.NotEmpty(t, a.Header().Get("X-Request-ID"))
	require.Equal(t, status == nethttp.StatusUnauthorized, a.Header().Get("WWW-Authenticate") != "")
	require.Equal(t, status == 429 || status == 503, a.Header().Get("Retry-After") != "")
	return p
}

// syncBuffer is a buffer that a server and a test can share.
type syncBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

// Write implements [io.Writer].
func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

// String returns what was written.
func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}
