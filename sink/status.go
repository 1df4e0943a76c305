package sink

import "time"

// Status is how far a sink is.
type Status struct {
	Counts

	// Written is how many events this sink has brought to disk since it was
	// started, and Files in how many files.
	Written int64 `json:"written"`
	Files   int64 `json:"files"`
	// WriteSeconds is how long the last batch took.
	WriteSeconds float64 `json:"writeSeconds"`
	// Buffered is how many events were received and are not on disk.
	Buffered int64 `json:"buffered"`
	// Lag is how many messages of the assigned partitions were not received.
	Lag int64 `json:"lag"`
	// Partitions is how many are assigned.
	Partitions int `json:"partitions"`
	// Error is what last went wrong with Kafka, empty since a batch was written.
	Error string `json:"error,omitempty"`
}

// Status returns how far the sink is. It may be called at any time.
func (s *Sink) Status() Status {
	s.mu.Lock()
	defer s.mu.Unlock()
	status := s.status
	if s.current == nil {
		return status
	}
	counts, buffered, received := s.current.buffer.progress()
	status.Counts = status.plus(counts)
	status.Buffered = int64(buffered)
	status.Partitions = len(received)
	for p, next := range received {
		status.Lag += max(0, s.current.ends[p].Load()-next)
	}
	return status
}

// enter and leave say which session is on.
func (s *Sink) enter(on *session) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.current = on
	s.opts.Logger.Info("partitions assigned", "count", len(on.goals))
}

func (s *Sink) leave(over *session) {
	counts, _, _ := over.buffer.progress()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.current = nil
	s.status.Counts = s.status.plus(counts)
}

func (s *Sink) wrote(files, rows int, took time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.status.Files += int64(files)
	s.status.Written += int64(rows)
	s.status.WriteSeconds = took.Seconds()
	s.status.Error = ""
}

func (s *Sink) trouble(err error) {
	if err == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.status.Error = err.Error()
}

func (c Counts) plus(d Counts) Counts {
	return Counts{
		Rows: c.Rows + d.Rows, Duplicates: c.Duplicates + d.Duplicates,
		Replays: c.Replays + d.Replays, Skipped: c.Skipped + d.Skipped,
	}
}
