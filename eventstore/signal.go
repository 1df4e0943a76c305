package eventstore

import (
	"context"
	"sync"
	"time"
)

// signal wakes whoever waits for the log to grow.
type signal struct {
	mu   sync.Mutex
	head Position
	grew chan struct{}
}

func newSignal(head Position) *signal {
	return &signal{head: head, grew: make(chan struct{})}
}

// advance notes that the log reaches at least head.
func (s *signal) advance(head Position) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if head <= s.head {
		return
	}
	s.head = head
	close(s.grew)
	s.grew = make(chan struct{})
}

// reach returns how far the log is known to reach.
func (s *signal) reach() Position {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.head
}

// retreat corrects a head that the log does not reach, because it was restored
// or somebody notified what is not so. Otherwise readers would run in circles.
func (s *signal) retreat(from, to Position) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.head == from {
		s.head = to
	}
}

// wait returns once the log is known to reach beyond after, or patience has
// passed without a word, or ctx ends; only the last is an error.
func (s *signal) wait(ctx context.Context, after Position, patience time.Duration) error {
	s.mu.Lock()
	head, grew := s.head, s.grew
	s.mu.Unlock()
	if head > after {
		return ctx.Err()
	}
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case <-grew:
		return nil
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
