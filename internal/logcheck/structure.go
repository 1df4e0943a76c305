package logcheck

import "time"

// structure holds the rules that every log obeys, whatever its events mean, as
// far as neighbours tell. What only events far apart can tell, the versions of
// a stream and the digests of commands, is left to the ledger.
type structure struct {
	position   int64
	recordedAt time.Time
	// commandEnd is the position of the last event of the latest command
	// whose size is known.
	commandEnd int64
}

func (s *structure) add(r record) error {
	if r.position != s.position+1 {
		return r.breaks(RulePositions, "expected position %d", s.position+1)
	}
	if r.recordedAt.Before(s.recordedAt) {
		return r.breaks(RuleTime, "recorded at %s, the event before it at %s", r.recordedAt, s.recordedAt)
	}
	if err := s.command(r); err != nil {
		return err
	}
	s.position, s.recordedAt = r.position, r.recordedAt
	return nil
}

// command checks that no command begins inside another one. All events of a
// command are recorded at one time.
func (s *structure) command(r record) error {
	inside := r.position <= s.commandEnd
	leads := r.commandID != nil || r.commandSize > 0
	switch {
	case inside && leads:
		return r.breaks(RuleCommand, "begins before the command before it ends at position %d", s.commandEnd)
	case inside && !r.recordedAt.Equal(s.recordedAt):
		return r.breaks(RuleCommand, "recorded at %s, the event before it in the command at %s", r.recordedAt, s.recordedAt)
	case leads:
		s.commandEnd = r.position + int64(max(r.commandSize, 1)) - 1
	}
	return nil
}

// finish checks that the last command is whole.
func (s *structure) finish(last record) error {
	if s.commandEnd > s.position {
		return last.breaks(RuleCommand, "the log ends before the command's last event, position %d", s.commandEnd)
	}
	return nil
}
