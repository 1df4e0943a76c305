package http_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/domain"
	"github.com/holdfast-dev/holdfast/http"
	"github.com/holdfast-dev/holdfast/query"
	"github.com/holdfast-dev/holdfast/waitingroom"
)

var update = flag.Bool("update", false, "write the golden files anew")

// holding is a request that reaches the command.
func (h *harness) holding() request {
	return request{
		method: "POST", path: "/v1/reservations", token: h.admitted(), key: "k1",
		body: fmt.Sprintf(`{"performanceId":%q,"seats":[7,8]}`, performanceID),
	}
}

// TestProblemBodies compares one answer for each code with a golden file.
// Clients read these: a change here is a change of the contract.
func TestProblemBodies(t *testing.T) {
	t.Parallel()
	for code, status := range http.Codes() {
		t.Run(code, func(t *testing.T) {
			t.Parallel()
			h := newHarness(t)
			h.commands.err = &http.Error{
				Code: domain.Code(code), Detail: "What happened.", Seats: []int{7, 8},
				Fields:     []http.Field{{Pointer: "/seats/0", Detail: "must be at least 1"}, {Parameter: "limit", Detail: "is too much"}},
				RetryAfter: 1500 * time.Millisecond,
				Cause:      errors.New("the cause"),
			}
			answer := h.do(h.holding())
			answer.requireProblem(t, status, code)
			requireGolden(t, filepath.Join("testdata", "problems", code+".json"), answer.Body.Bytes())
			if status == 429 || status == 503 {
				require.Equal(t, "2", answer.Header().Get("Retry-After"), "rounded up")
			}
		})
	}
}

func requireGolden(t *testing.T, path string, got []byte) {
	t.Helper()
	var pretty bytes.Buffer
	require.NoError(t, json.Indent(&pretty, bytes.TrimSpace(got), "", "  "))
	pretty.WriteByte('\n')
	if *update {
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, pretty.Bytes(), 0o600))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, string(want), pretty.String())
}

// TestOutcomesOfCommands checks what each error of the layers below means to
// a client.
func TestOutcomesOfCommands(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		err    error
		status int
		code   string
	}{
		"refusal":           {domain.RefuseSeats(domain.CodeSeatUnavailable, []int{7}, "Somebody has {seats}."), 409, "seat_unavailable"},
		"wrapped refusal":   {fmt.Errorf("hold: %w", domain.Refuse(domain.CodeHoldExpired, "Over.")), 410, "hold_expired"},
		"spent":             {domain.Refuse(domain.CodeAdmissionSpent, "Spent."), 401, "unauthenticated"},
		"given up":          {domain.Refuse(domain.CodeNotAdmitted, "Given up."), 403, "not_admitted"},
		"no money":          {domain.Refuse(domain.CodeInsufficientBalance, "Too little."), 402, "insufficient_balance"},
		"key reused":        {domain.Refuse(domain.CodeKeyReused, "Used."), 422, "idempotency_key_reused"},
		"store away":        {fmt.Errorf("append: %w", errStoreAway), 503, "store_unavailable"},
		"store hangs":       {fmt.Errorf("append: %w: %w", errStoreAway, context.DeadlineExceeded), 503, "store_unavailable"},
		"contention":        {errContention, 409, "conflict"},
		"deadline":          {fmt.Errorf("append: %w", context.DeadlineExceeded), 503, "timeout"},
		"client gone":       {context.Canceled, 503, "timeout"},
		"behind":            {query.ErrBehind, 503, "projection_behind"},
		"queue away":        {&waitingroom.RetryError{Refusal: domain.Refuse(domain.CodeQueueUnavailable, "Away."), After: 3 * time.Second}, 503, "queue_unavailable"},
		"anything else":     {errors.New("nil map"), 500, "internal"},
		"a code we lack":    {domain.Refuse("made_up", "?"), 500, "internal"},
		"an http code lost": {&http.Error{Code: "made_up", Detail: "?"}, 500, "internal"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHarness(t)
			h.commands.err = test.err
			h.do(h.holding()).requireProblem(t, test.status, test.code)
		})
	}
}

func TestRetryAfterIsTheWaitingRooms(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	h.rooms.err = &waitingroom.RetryError{Refusal: domain.Refuse(domain.CodeRateLimited, "Slower."), After: 2500 * time.Millisecond}
	answer := h.do(request{method: "POST", path: "/v1/concerts/" + string(concertID) + "/queue-tokens", token: h.access()})
	answer.requireProblem(t, 429, "rate_limited")
	require.Equal(t, "3", answer.Header().Get("Retry-After"))
}

// TestFaultsStayInside checks that what went wrong is in the log and not in
// the answer.
func TestFaultsStayInside(t *testing.T) {
	t.Parallel()
	for _, fault := range []error{errStoreAway, errors.New("10.0.0.7: relation does not exist")} {
		h := newHarness(t)
		h.commands.err = fault
		answer := h.do(h.holding())
		require.GreaterOrEqual(t, answer.Code, 500)
		require.NotContains(t, answer.Body.String(), "10.0.0.7")
		require.Contains(t, h.logged.String(), "10.0.0.7")
		require.Contains(t, h.logged.String(), answer.Header().Get("X-Request-ID"))
	}
}

func TestSeatsAreNamed(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	h.commands.err = domain.RefuseSeats(domain.CodeSeatUnavailable, []int{7, 8}, "Somebody has {seats}.")
	p := h.do(h.holding()).requireProblem(t, 409, "seat_unavailable")
	require.Equal(t, []int{7, 8}, p.Seats)
	require.Equal(t, "Somebody has seats 7, 8.", p.Detail)
}

// TestProblemsOfOnePathAreEqual checks that nothing in an error differs
// between two requests that fail alike.
func TestProblemsOfOnePathAreEqual(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	first := h.do(request{method: "GET", path: "/v1/payments/" + absentID, token: h.access()})
	second := h.do(request{method: "GET", path: "/v1/payments/" + absentID, token: h.access()})
	require.Equal(t, first.Body.String(), second.Body.String())
	require.NotEqual(t, first.Header().Get("X-Request-ID"), second.Header().Get("X-Request-ID"))
}
