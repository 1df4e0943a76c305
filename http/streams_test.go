package http_test

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	nethttp "net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/domain"
	"github.com/holdfast-dev/holdfast/http"
	"github.com/holdfast-dev/holdfast/query"
	"github.com/holdfast-dev/holdfast/waitingroom"
)

const seatsStream = "/v1/performances/" + string(performanceID) + "/seats/stream"

// event is one event of a stream as a browser sees it.
type event struct {
	id, name, data string
}

// stream is a client of a stream.
type stream struct {
	t       *testing.T
	answer  *nethttp.Response
	scanner *bufio.Scanner
	close   context.CancelFunc
}

func (l listening) follow(t *testing.T, path, token, lastID string) *stream {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	t.Cleanup(cancel)
	r, err := nethttp.NewRequestWithContext(ctx, nethttp.MethodGet, "http://"+l.address+path, nethttp.NoBody)
	require.NoError(t, err)
	r.Header.Set("Authorization", "Bearer "+token)
	r.Header.Set("Accept", "text/event-stream")
	if lastID != "" {
		r.Header.Set("Last-Event-ID", lastID)
	}
	answer, err := nethttp.DefaultClient.Do(r)
	require.NoError(t, err)
	t.Cleanup(func() { _ = answer.Body.Close() })
	return &stream{t: t, answer: answer, scanner: bufio.NewScanner(answer.Body), close: cancel}
}

// next returns the next event, or the next heartbeat as an event named
// "beat", and false at the end.
func (s *stream) next() (event, bool) {
	s.t.Helper()
	var e event
	for s.scanner.Scan() {
		name, value, _ := strings.Cut(s.scanner.Text(), ": ")
		switch name {
		case "id":
			e.id = value
		case "event":
			e.name = value
		case "data":
			e.data = value
		case "":
			if value != "" {
				e.name = value
				continue
			}
			return e, true
		}
	}
	return e, false
}

func (s *stream) mustNext() event {
	s.t.Helper()
	e, more := s.next()
	require.True(s.t, more)
	return e
}

// afterBeats returns the next event that is no heartbeat.
func (s *stream) afterBeats() event {
	s.t.Helper()
	for {
		if e := s.mustNext(); e.name != "beat" {
			return e
		}
	}
}

// beats makes heartbeats quick enough to wait for, and the time-outs of
// ordinary requests shorter than the test.
func beats(c *http.Config) {
	quick(c)
	c.Heartbeat = 20 * time.Millisecond
}

func TestQueueStreamUntilAdmitted(t *testing.T) {
	t.Parallel()
	l := listen(t, beats)
	first := waitingView()
	l.rooms.views <- first
	s := l.follow(t, "/v1/queue/stream", l.waiting(), "")
	require.Equal(t, 200, s.answer.StatusCode)
	require.Equal(t, "text/event-stream", s.answer.Header.Get("Content-Type"))
	require.Equal(t, "no-store", s.answer.Header.Get("Cache-Control"))

	e := s.mustNext()
	require.Equal(t, "waiting-3", e.id)
	require.Equal(t, "state", e.name)
	var state queueState
	require.NoError(t, json.Unmarshal([]byte(e.data), &state))
	require.Equal(t, int64(3), state.Position)

	for range 12 {
		require.Equal(t, "beat", s.mustNext().name, "longer than any time-out of the server")
	}
	l.rooms.views <- waitingroom.View{Place: admittedPlace(), Phase: waitingroom.PhaseAdmitted, PollAfter: time.Minute}
	close(l.rooms.views)
	e = s.afterBeats()
	require.NoError(t, json.Unmarshal([]byte(e.data), &state))
	require.Equal(t, "admitted", state.State)
	hold := sound()["holdSeats"]
	hold.token = state.Token
	require.Equal(t, 201, l.do(hold).Code, "the stream hands out the admission")
	_, more := s.next()
	require.False(t, more, "and ends")
}

func TestQueueStreamResumes(t *testing.T) {
	t.Parallel()
	l := listen(t, beats)
	l.rooms.views <- waitingView()
	s := l.follow(t, "/v1/queue/stream", l.waiting(), "waiting-3")
	require.Equal(t, "beat", s.mustNext().name, "what was seen is not repeated")
	moved := waitingView()
	moved.Position = 2
	l.rooms.views <- moved
	require.Equal(t, "waiting-2", s.afterBeats().id)
}

func TestQueueStreamRefusals(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	r := request{method: "GET", path: "/v1/queue/stream", token: h.waiting()}
	h.rooms.set(func(r *rooms) { r.err = domain.Refuse(domain.CodeRateLimited, "Too many streams.") })
	h.do(r).requireProblem(t, 429, "rate_limited")

	h.rooms.set(func(r *rooms) {
		r.err = nil
		r.ended = domain.Refuse(domain.CodeQueueClosed, "Sold out.")
		close(r.views)
	})
	h.do(r).requireProblem(t, 410, "queue_closed")
	h.do(r.with("Accept", "application/json")).requireProblem(t, 406, "not_acceptable")
	r.method = "HEAD"
	h.do(r).requireProblem(t, 405, "method_not_allowed")
}

// TestQueueStreamDoesNotHang waits for a first view that does not come.
func TestQueueStreamDoesNotHang(t *testing.T) {
	t.Parallel()
	h := newHarness(t, quick)
	h.do(request{method: "GET", path: "/v1/queue/stream", token: h.waiting()}).requireProblem(t, 503, "timeout")
}

func TestQueueStreamEndsWithARefusal(t *testing.T) {
	t.Parallel()
	l := listen(t)
	l.rooms.ended = domain.Refuse(domain.CodeQueueClosed, "Sold out.")
	l.rooms.views <- waitingView()
	s := l.follow(t, "/v1/queue/stream", l.waiting(), "")
	require.Equal(t, "state", s.mustNext().name)
	close(l.rooms.views)
	e := s.mustNext()
	require.Equal(t, "problem", e.name)
	var p problem
	require.NoError(t, json.Unmarshal([]byte(e.data), &p))
	require.Equal(t, "queue_closed", p.Code)
	require.Equal(t, "/v1/queue/stream", p.Instance)
	_, more := s.next()
	require.False(t, more)
}

func TestSeatStream(t *testing.T) {
	t.Parallel()
	l := listen(t, beats)
	s := l.follow(t, seatsStream, l.admitted(), "")
	require.Equal(t, 200, s.answer.StatusCode)
	e := s.mustNext()
	require.Equal(t, event{id: "17", name: "snapshot", data: string(newSeatWatch().AppendSnapshot(nil))}, e)
	l.questions.watch.changes <- query.SeatChanges{Revision: "18", Available: 11, Seats: []query.Seat{{Number: 7, State: "held", Price: 4500}}}
	e = s.afterBeats()
	require.Equal(t, "change", e.name)
	require.Equal(t, "18", e.id)
	require.JSONEq(t, `{"performanceId":"`+string(performanceID)+`","seatsAvailable":11,"seats":[{"number":7,"state":"held","price":4500}]}`, e.data)

	s.close()
	<-l.questions.watch.done // the watch is closed with the connection
}

// TestSeatStreamOfASlowReader begins again with a snapshot where changes were
// dropped.
func TestSeatStreamOfASlowReader(t *testing.T) {
	t.Parallel()
	l := listen(t)
	s := l.follow(t, seatsStream, l.admitted(), "")
	require.Equal(t, "snapshot", s.mustNext().name)
	dropped := l.questions.watchAnew()
	dropped.changes <- query.SeatChanges{Revision: "18", Available: 11}
	require.Equal(t, "18", s.mustNext().id)
	close(dropped.changes)
	require.Equal(t, event{id: "17", name: "snapshot", data: string(dropped.AppendSnapshot(nil))}, s.mustNext())
	<-dropped.done

	again := l.questions.watchAnew()
	l.questions.fail(errStoreAway)
	close(again.changes)
	e := s.mustNext()
	require.Equal(t, "problem", e.name)
	require.Equal(t, "store_unavailable", e.id)
	_, more := s.next()
	require.False(t, more)
}

func TestSeatStreamResumes(t *testing.T) {
	t.Parallel()
	l := listen(t, beats)
	s := l.follow(t, seatsStream, l.admitted(), "17")
	require.Equal(t, "beat", s.mustNext().name)
}

func TestSeatStreamEndsWithTheAdmission(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(listening){
		"by time": func(l listening) { l.setClock(admittedPlace().AdmittedUntil) },
		"spent":   func(l listening) { l.over.end() },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := listen(t, beats)
			s := l.follow(t, seatsStream, l.admitted(), "")
			require.Equal(t, "snapshot", s.mustNext().name)
			end(l)
			for more := true; more; {
				_, more = s.next()
			}
			<-l.questions.watch.done
		})
	}
}

func TestStreamsEndWhenTheServerStops(t *testing.T) {
	t.Parallel()
	l := listen(t)
	s := l.follow(t, seatsStream, l.admitted(), "")
	require.Equal(t, "snapshot", s.mustNext().name)
	go func() { _ = l.server.Shutdown(t.Context()) }()
	_, more := s.next()
	require.False(t, more)
}

// TestStreamsEndCleanlyBetweenHeartbeats stops the server when the last write
// is just over and when it is longer ago than a write may take.
func TestStreamsEndCleanlyBetweenHeartbeats(t *testing.T) {
	t.Parallel()
	for name, path := range map[string]string{"queue": "/v1/queue/stream", "seats": seatsStream} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, after := range []time.Duration{time.Second, 14 * time.Second, 29 * time.Second} {
				listenInTime(t, func(l inTime) {
					l.rooms.views <- waitingView()
					token := l.waiting()
					if path == seatsStream {
						token = l.admitted()
					}
					answer := l.get(path, token, "text/event-stream")
					time.AfterFunc(after, func() { _ = l.server.Shutdown(l.Context()) })
					_, err := io.ReadAll(answer.Body)
					require.NoError(l, err, "stopped after %v", after)
					require.NoError(l, answer.Body.Close())
				})
			}
		})
	}
}

func TestSeatStreamsAreBounded(t *testing.T) {
	t.Parallel()
	l := listen(t, func(c *http.Config) { c.MaxStreams = 1 })
	one := l.follow(t, seatsStream, l.admitted(), "")
	require.Equal(t, "snapshot", one.mustNext().name)
	r := request{method: "GET", path: seatsStream, token: l.admitted()}
	l.do(r).requireProblem(t, 429, "rate_limited")
}

func TestSeatStreamOfNoPerformance(t *testing.T) {
	t.Parallel()
	h := newHarness(t, func(c *http.Config) { c.MaxStreams = 1 })
	for range 3 {
		r := request{method: "GET", path: "/v1/performances/" + absentID + "/seats/stream", token: h.admitted()}
		h.do(r).requireProblem(t, 404, "performance_not_found")
	}
	h.do(request{method: "GET", path: seatsStream, token: h.waiting()}).requireProblem(t, 403, "not_admitted")
}
