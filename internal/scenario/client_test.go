package scenario

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

// ask is a request to any of the servers.
type ask struct {
	method, path string
	bearer       string
	// key is the idempotency key; a fresh one if it is empty.
	key  string
	body any
	// seen makes a question wait until it has seen a position.
	seen int64
}

// answer is what came back.
type answer struct {
	status   int
	position int64
	body     []byte
}

// send asks the server whose turn it is. It may be called from any goroutine:
// a fault of the transport is an answer with status 0.
func (c *cluster) send(t *testing.T, a ask) answer {
	t.Helper()
	var body []byte
	if a.body != nil {
		var err error
		if body, err = json.Marshal(a.body); err != nil {
			t.Errorf("encode %v: %v", a.body, err)
			return answer{}
		}
	}
	request, err := http.NewRequestWithContext(t.Context(), a.method, "http://"+c.next()+"/v1"+a.path, bytes.NewReader(body))
	if err != nil {
		t.Errorf("%s %s: %v", a.method, a.path, err)
		return answer{}
	}
	if a.key == "" {
		a.key = uuid.NewString()
	}
	request.Header.Set("Authorization", "Bearer "+a.bearer)
	request.Header.Set("Idempotency-Key", a.key)
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	if a.seen > 0 {
		request.Header.Set("Min-Event-Position", strconv.FormatInt(a.seen, 10))
	}
	response, err := c.client.Do(request)
	if err != nil {
		t.Errorf("%s %s: %v", a.method, a.path, err)
		return answer{}
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Errorf("%s %s: %v", a.method, a.path, err)
	}
	position, _ := strconv.ParseInt(response.Header.Get("Event-Position"), 10, 64)
	return answer{status: response.StatusCode, position: position, body: text}
}

// need sends a request that must be answered with a status.
func need[T any](t *testing.T, c *cluster, status int, a ask) (T, answer) {
	t.Helper()
	got := c.send(t, a)
	require.Equal(t, status, got.status, "%s %s: %s", a.method, a.path, got.body)
	return read[T](t, got), got
}

// read decodes the body of an answer.
func read[T any](t *testing.T, got answer) T {
	t.Helper()
	var value T
	require.NoError(t, json.Unmarshal(got.body, &value), "%s", got.body)
	return value
}

// outcome is the status of an answer and, for a refusal, its code: "201",
// "409 seat_unavailable".
func (a answer) outcome() string {
	var problem struct {
		Code string `json:"code"`
	}
	_ = json.Unmarshal(a.body, &problem)
	return strings.TrimSpace(strconv.Itoa(a.status) + " " + problem.Code)
}

// outcomes counts answers by their outcome.
func outcomes(answers []answer) map[string]int {
	counts := map[string]int{}
	for _, a := range answers {
		counts[a.outcome()]++
	}
	return counts
}

// atOnce calls do for 0 to n-1, all at the same moment, and returns what came
// back in that order.
func atOnce(n int, do func(i int) answer) []answer {
	var (
		answers = make([]answer, n)
		begin   = make(chan struct{})
		group   sync.WaitGroup
	)
	for i := range n {
		group.Go(func() {
			<-begin
			answers[i] = do(i)
		})
	}
	close(begin)
	group.Wait()
	return answers
}

// lines collects what a process writes.
type lines struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write implements io.Writer.
func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

// String returns everything so far.
func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}
