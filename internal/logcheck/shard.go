package logcheck

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
)

// shardMemory is how much of a shard is kept in memory at a time. Logs as tests
// make them never need a file.
const shardMemory = 64 << 10

// shard is some lines of the ledger, in the order of the log. The zero value
// is an empty one.
type shard struct {
	memory []byte
	file   *os.File
	// inFile is the bytes that the file has.
	inFile int
}

func (s *shard) lines() int { return (s.inFile + len(s.memory)) / lineSize }

func (s *shard) write(text []byte) error {
	if len(s.memory)+len(text) > shardMemory {
		if err := s.flush(); err != nil {
			return err
		}
	}
	s.memory = append(s.memory, text...)
	return nil
}

// flush moves what is in memory to the shard's file, which has no name: it goes
// with the process.
func (s *shard) flush() error {
	if s.file == nil {
		file, err := os.CreateTemp("", "holdfast-ledger-*")
		if err != nil {
			return fmt.Errorf("temporary file: %w", err)
		}
		s.file = file
		if err := os.Remove(file.Name()); err != nil {
			return fmt.Errorf("temporary file: %w", err)
		}
	}
	if _, err := s.file.Write(s.memory); err != nil {
		return fmt.Errorf("temporary file: %w", err)
	}
	s.inFile += len(s.memory)
	s.memory = s.memory[:0]
	return nil
}

// each visits the lines in their order.
func (s *shard) each(visit func(line)) error {
	if s.file != nil {
		if _, err := s.file.Seek(0, io.SeekStart); err != nil {
			return fmt.Errorf("temporary file: %w", err)
		}
		in := bufio.NewReaderSize(s.file, shardMemory)
		var text [lineSize]byte
		for {
			if _, err := io.ReadFull(in, text[:]); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				return fmt.Errorf("temporary file: %w", err)
			}
			visit(readLine(text[:]))
		}
	}
	for rest := s.memory; len(rest) > 0; rest = rest[lineSize:] {
		visit(readLine(rest))
	}
	return nil
}

func (s *shard) close() error {
	if s.file == nil {
		return nil
	}
	return s.file.Close()
}
