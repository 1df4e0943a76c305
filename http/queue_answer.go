package http

import (
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/holdfast-dev/holdfast/http/api"
)

// queueAnswer is a queue state that writes itself: polls are most of what a
// server is asked, and need no reflection. It writes the very bytes that the
// generated answer would.
type queueAnswer struct {
	status int
	state  api.QueueState
}

// VisitGetQueueResponse implements [api.GetQueueResponseObject].
func (a queueAnswer) VisitGetQueueResponse(w http.ResponseWriter) error { return a.write(w) }

// VisitJoinQueueResponse implements [api.JoinQueueResponseObject].
func (a queueAnswer) VisitJoinQueueResponse(w http.ResponseWriter) error { return a.write(w) }

var (
	jsonContent = []string{echo.MIMEApplicationJSON}
	// queueBodies keeps bodies that have been written, for others to come.
	queueBodies = sync.Pool{New: func() any { body := make([]byte, 0, 1024); return &body }}
)

func (a queueAnswer) write(w http.ResponseWriter) error {
	body, _ := queueBodies.Get().(*[]byte) // the pool makes nothing else
	defer queueBodies.Put(body)
	*body = append(appendQueueState((*body)[:0], a.state), '\n')
	header := w.Header()
	header[echo.HeaderContentType] = jsonContent
	header[echo.HeaderRetryAfter] = []string{strconv.FormatInt(a.state.PollAfterSeconds, 10)}
	w.WriteHeader(a.status)
	_, err := w.Write(*body)
	return err
}

// appendQueueState appends a state as JSON. Its texts are ids, a token and a
// word: none has a character that JSON would escape.
func appendQueueState(b []byte, s api.QueueState) []byte {
	b = append(b, `{"concertId":"`...)
	b = append(b, s.ConcertID...)
	b = append(b, `","estimatedWaitSeconds":`...)
	b = strconv.AppendInt(b, s.EstimatedWaitSeconds, 10)
	b = append(b, `,"expiresAt":`...)
	if s.ExpiresAt == nil {
		b = append(b, "null"...)
	} else {
		b = append(b, '"')
		b = s.ExpiresAt.AppendFormat(b, time.RFC3339Nano)
		b = append(b, '"')
	}
	b = append(b, `,"number":`...)
	b = strconv.AppendInt(b, s.Number, 10)
	b = append(b, `,"pollAfterSeconds":`...)
	b = strconv.AppendInt(b, s.PollAfterSeconds, 10)
	b = append(b, `,"position":`...)
	b = strconv.AppendInt(b, s.Position, 10)
	b = append(b, `,"state":"`...)
	b = append(b, s.State...)
	b = append(b, `","token":"`...)
	b = append(b, s.Token...)
	b = append(b, `","userId":"`...)
	b = append(b, s.UserID...)
	return append(b, `"}`...)
}
