package http

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"time"
)

// writeTimeout bounds one write to a stream.
const writeTimeout = 10 * time.Second

// eventStream writes Server-Sent Events. The time-outs of the server are for
// answers that end; a stream has one for each write instead.
type eventStream struct {
	w       http.ResponseWriter
	control *http.ResponseController
	buffer  bytes.Buffer
}

// openStream sends the headers of a stream. The caller ends it.
func openStream(w http.ResponseWriter) (*eventStream, error) {
	s := &eventStream{w: w, control: http.NewResponseController(w)}
	h := w.Header()
	h.Set("Content-Type", mediaEvents)
	h.Set("Cache-Control", "no-store")
	// nginx would hold events back.
	h.Set("X-Accel-Buffering", "no")
	// The read deadline of the request would end the connection.
	if err := s.control.SetReadDeadline(time.Time{}); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return nil, err
	}
	w.WriteHeader(http.StatusOK)
	return s, nil
}

// send writes one event. Data is JSON, which has no line breaks of its own.
func (s *eventStream) send(id, event string, data []byte) error {
	s.buffer.Reset()
	s.buffer.WriteString("id: ")
	s.buffer.WriteString(id)
	s.buffer.WriteString("\nevent: ")
	s.buffer.WriteString(event)
	s.buffer.WriteString("\ndata: ")
	s.buffer.Write(data)
	s.buffer.WriteString("\n\n")
	return s.flush()
}

// sendProblem writes a refusal as the last event of a stream.
func (s *eventStream) sendProblem(e *Error, instance string) error {
	data, err := json.Marshal(problemOf(e, meaningOf[e.Code], instance))
	if err != nil {
		return err
	}
	return s.send(string(e.Code), "problem", data)
}

// beat writes a comment, which tells both sides that the other one lives.
func (s *eventStream) beat() error {
	s.buffer.Reset()
	s.buffer.WriteString(": beat\n\n")
	return s.flush()
}

func (s *eventStream) flush() error {
	if err := extendWrite(s.control, writeTimeout); err != nil {
		return err
	}
	if _, err := s.w.Write(s.buffer.Bytes()); err != nil {
		return err
	}
	return s.control.Flush()
}

// end gives what net/http writes at the end of a stream its time: the last
// write may be longer ago than any write may take.
func (s *eventStream) end() {
	_ = extendWrite(s.control, writeTimeout) // a client that has gone needs no end
}

// extendWrite gives the next write its own time.
func extendWrite(control *http.ResponseController, limit time.Duration) error {
	err := control.SetWriteDeadline(time.Now().Add(limit))
	if errors.Is(err, http.ErrNotSupported) {
		return nil
	}
	return err
}
