package http_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	nethttp "net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/holdfast-dev/holdfast/domain"
	"github.com/holdfast-dev/holdfast/http"
)

// eventPage is a page of the log as a client reads it.
type eventPage struct {
	Events []struct {
		Position int64           `json:"position"`
		Stream   string          `json:"stream"`
		Version  int64           `json:"version"`
		Type     string          `json:"type"`
		Payload  json.RawMessage `json:"payload"`
	} `json:"events"`
	Next *int64 `json:"next"`
}

func (h *harness) events(query string) eventPage {
	h.t.Helper()
	answer := h.do(request{method: "GET", path: "/v1/admin/events?" + query, token: h.admin("events:read")})
	require.Equal(h.t, 200, answer.Code)
	var page eventPage
	require.NoError(h.t, json.Unmarshal(answer.Body.Bytes(), &page))
	return page
}

func (p eventPage) positions() []int64 {
	positions := []int64{}
	for _, e := range p.Events {
		positions = append(positions, e.Position)
	}
	return positions
}

// someEvents fills the log: seats 1 and 2 take turns.
func (h *harness) someEvents(n int) {
	for i := range n {
		h.log.add(fmt.Sprintf("seat-%d", i%2+1), []string{"seat.held.v1", "seat.sold.v1", "seat.released.v1"}[i%3])
	}
}

func TestEventPages(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	h.someEvents(250)
	var all []int64
	query := "limit=100"
	for pages := 1; ; pages++ {
		page := h.events(query)
		all = append(all, page.positions()...)
		if page.Next == nil {
			require.Equal(t, 3, pages)
			break
		}
		query = fmt.Sprintf("limit=100&after=%d", *page.Next)
	}
	require.Len(t, all, 250)
	for i, position := range all {
		require.Equal(t, int64(i+1), position)
	}
	require.Len(t, h.events("").Events, 100, "100 if nothing is said")
	require.Empty(t, h.events("after=250").Events)
}

func TestEventFilters(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	h.someEvents(12)
	require.Equal(t, []int64{2, 4, 6, 8, 10, 12}, h.events("stream=seat-2").positions())
	require.Equal(t, []int64{8, 10, 12}, h.events("stream=seat-2&after=6").positions())
	require.Equal(t, []int64{1, 4, 7, 10}, h.events("type=seat.held.v1").positions())
	require.Equal(t, []int64{4, 10}, h.events("type=seat.held.v1&stream=seat-2").positions())
	require.Empty(t, h.events("stream=nothing").positions())

	page := h.events("type=seat.held.v1&limit=2")
	require.Equal(t, []int64{1, 4}, page.positions())
	require.Equal(t, []int64{7, 10}, h.events(fmt.Sprintf("type=seat.held.v1&after=%d", *page.Next)).positions())
}

// TestRareEventsAreLookedForInBounds checks that one request does not read
// the whole of a long log.
func TestRareEventsAreLookedForInBounds(t *testing.T) {
	t.Parallel()
	h := newHarness(t, func(c *http.Config) { c.Log = endlessLog{} })
	page := h.events("type=rare.v1")
	require.Empty(t, page.Events)
	require.EqualValues(t, 100_000, *page.Next, "where to go on")
}

// TestPagesOfALongStreamGetOn reads from behind more events of a stream than
// one page is looked for in, and reads no more than it needs.
func TestPagesOfALongStreamGetOn(t *testing.T) {
	t.Parallel()
	log := &countingLog{}
	h := newHarness(t, func(c *http.Config) { c.Log = log })
	page := h.events("stream=s&after=1000000&limit=3")
	require.Equal(t, []int64{1_000_001, 1_000_002, 1_000_003}, page.positions())
	require.EqualValues(t, 1_000_003, *page.Next)
	require.Equal(t, 1, log.reads)

	page = h.events("stream=s&type=rare.v1&after=1000000")
	require.Empty(t, page.Events)
	require.EqualValues(t, 1_100_000, *page.Next, "where to go on")
}

func TestEventsAsLines(t *testing.T) {
	t.Parallel()
	l := listen(t)
	l.someEvents(2500)
	lines := func(query string) []string {
		r := request{method: "GET", path: "/v1/admin/events?" + query, token: l.admin("events:read")}.
			with("Accept", "application/x-ndjson")
		answer := l.do(r)
		require.Equal(t, 200, answer.Code)
		require.Equal(t, "application/x-ndjson", answer.Header().Get("Content-Type"))
		var all []string
		scanner := bufio.NewScanner(answer.Body)
		for scanner.Scan() {
			require.True(t, json.Valid(scanner.Bytes()))
			all = append(all, scanner.Text())
		}
		return all
	}
	all := lines("")
	require.Len(t, all, 2500, "all of the log")
	require.Contains(t, all[2499], `"position":2500`)
	require.Len(t, lines("after=2490"), 10)
	require.Len(t, lines("limit=7"), 7)
	require.Len(t, lines("stream=seat-1"), 1250)
	require.Len(t, lines("type=seat.sold.v1&after=2400"), 33)
	require.Empty(t, lines("after=2500"))
}

// unreadable is a log of which only the head may be asked.
type unreadable struct {
	http.EventLog
	t *testing.T
}

func (l unreadable) Read(context.Context, int64, int) ([]http.LoggedEvent, error) {
	l.t.Error("the log is read")
	return nil, nil
}

func TestHeadOfAnExportReadsNoEvent(t *testing.T) {
	t.Parallel()
	h := newHarness(t, func(c *http.Config) { c.Log = unreadable{c.Log, t} })
	h.someEvents(1)
	answer := h.do(request{method: "HEAD", path: "/v1/admin/events", token: h.admin("events:read")}.
		with("Accept", "application/x-ndjson"))
	require.Equal(t, 200, answer.Code)
	require.Equal(t, "application/x-ndjson", answer.Header().Get("Content-Type"))
}

// TestLinesOutlastALongSearch looks for events, and finds them or not, for
// longer than any time-out of the server.
func TestLinesOutlastALongSearch(t *testing.T) {
	t.Parallel()
	for kind, lines := range map[string]int{"rare.v1": 1, "never.v1": 0, "seat.held.v1": 1000} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			listenInTime(t, func(l inTime) {
				l.log.add("seat-1", "rare.v1")
				l.someEvents(2999)
				began := time.Now()
				answer := l.get("/v1/admin/events?type="+kind, l.admin("events:read"), "application/x-ndjson")
				text, err := io.ReadAll(answer.Body)
				require.NoError(l, err, "the answer is whole")
				require.NoError(l, answer.Body.Close())
				require.Equal(l, lines, bytes.Count(text, []byte("\n")))
				require.Greater(l, time.Since(began), time.Minute)
			}, func(c *http.Config) { c.Log = slowly{c.Log, 20 * time.Second} })
		})
	}
}

// TestLinesBreakOffOnAFault checks that what was cut short does not look
// complete, and leaves its trace.
func TestLinesBreakOffOnAFault(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		fail          func() error
		status, cause string
		code          domain.Code
	}{
		"error": {func() error { return errStoreAway }, "503", "10.0.0.7", http.CodeStoreUnavailable},
		"panic": {func() error { panic("boom") }, "500", "boom", http.CodeInternal},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			spans := tracetest.NewSpanRecorder()
			l := listen(t, func(c *http.Config) {
				c.Log = &breakingLog{EventLog: c.Log, fail: test.fail}
				c.AccessLog = c.Logger
				c.Tracing = trace.NewTracerProvider(trace.WithSpanProcessor(spans))
			})
			l.someEvents(2500)
			answer := l.raw(t, "/v1/admin/events", l.admin("events:read"), "application/x-ndjson")
			defer func() { _ = answer.Body.Close() }()
			require.Equal(t, 200, answer.StatusCode)
			_, err := io.ReadAll(answer.Body)
			require.ErrorIs(t, err, io.ErrUnexpectedEOF)

			id, code := "request_id="+answer.Header.Get("X-Request-ID"), "code="+string(test.code)
			fault, access, _ := strings.Cut(l.logged.String(), "\n")
			require.Contains(t, fault, `level=ERROR msg="request failed" `+id)
			require.Contains(t, fault, code)
			require.Contains(t, fault, test.cause)
			require.Contains(t, access, "msg=request "+id)
			require.Contains(t, access, "status="+test.status+" "+code)
			require.Contains(t, l.do(sound()["getMetrics"]).Body.String(),
				`holdfast_http_request_duration_seconds_count{method="GET",route="/v1/admin/events",status="`+test.status+`"} 1`)
			require.Equal(t, codes.Error, spans.Ended()[0].Status().Code)
		})
	}
}

// TestLinesThatNobodyReadsAreNoFault is about clients that go, or stop
// reading, in the middle.
func TestLinesThatNobodyReadsAreNoFault(t *testing.T) {
	t.Parallel()
	for name, leave := range map[string]func(l inTime, answer *nethttp.Response){
		"gone":     func(l inTime, answer *nethttp.Response) { require.NoError(l, answer.Body.Close()) },
		"too slow": func(inTime, *nethttp.Response) { time.Sleep(time.Minute) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			listenInTime(t, func(l inTime) {
				l.someEvents(2500)
				answer := l.get("/v1/admin/events", l.admin("events:read"), "application/x-ndjson")
				leave(l, answer)
				synctest.Wait()
				require.Contains(l, l.logged.String(), `level=INFO msg="request failed"`)
				require.NotContains(l, l.logged.String(), "ERROR")
				_, err := io.ReadAll(answer.Body)
				require.Error(l, err, "what was sent is not all")
				require.NoError(l, answer.Body.Close())
			})
		})
	}
}

func TestEventsWhileTheStoreIsAway(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	h.log.err = errStoreAway
	for _, accept := range []string{"application/json", "application/x-ndjson"} {
		r := request{method: "GET", path: "/v1/admin/events", token: h.admin("events:read")}.with("Accept", accept)
		h.do(r).requireProblem(t, 503, "store_unavailable")
	}
}

func TestStatusNamesWhatIsMissing(t *testing.T) {
	t.Parallel()
	h := newHarness(t, func(c *http.Config) { c.Followers = failingFollowers })
	h.rooms.err = errStoreAway
	r := sound()["getStatus"]
	r.token = h.admin("events:read")
	answer := h.do(r)
	require.Equal(t, 200, answer.Code)
	require.Contains(t, answer.Body.String(), `"missing":["followers","waitingRooms"]`)
	require.NotContains(t, answer.Body.String(), "10.0.0.7")
}
