package export

import (
	"errors"
	"io"
	"os"
	"syscall"
)

const (
	// blockSize is how many bytes are written at once.
	blockSize = 1 << 20
	// alignment is what a write past the kernel's cache begins and ends on, in
	// the file and in memory. It suits every disk that is sold.
	alignment = 4 << 10
)

// blocks writes a file past the kernel's page cache where that can be done. An
// export is written once and read elsewhere: it need not be copied into the
// cache, nor push out what the database on the same machine has there. That
// takes whole blocks, so the last one is gathered in memory; flush writes it.
type blocks struct {
	file *os.File
	// memory is one block. The allocator aligns what is as large as that with
	// pages; if it did not, put would find out.
	memory []byte
	// at is where in the file the block begins, and filled how much of it there is.
	at     int64
	filled int
}

// openBlocks opens a file or makes it. truncate must follow.
func openBlocks(name string) (*blocks, error) {
	file, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE|uncached, permissions) //nolint:gosec // the user names the output
	if errors.Is(err, syscall.EINVAL) {
		// The file system knows no other way than through the cache.
		file, err = os.OpenFile(name, os.O_RDWR|os.O_CREATE, permissions) //nolint:gosec // see above
	}
	if err != nil {
		return nil, err
	}
	return &blocks{file: file, memory: make([]byte, blockSize)}, nil
}

// truncate cuts the file off at a size and goes on from there.
func (b *blocks) truncate(size int64) error {
	if err := b.file.Truncate(size); err != nil {
		return err
	}
	b.at = size - size%alignment
	b.filled = int(size - b.at)
	if b.filled == 0 {
		return nil
	}
	// What is less than a block can only be read through the cache.
	file, err := os.Open(b.file.Name())
	if err != nil {
		return err
	}
	_, err = file.ReadAt(b.memory[:b.filled], b.at)
	return errors.Join(err, file.Close())
}

// size is that of the file when all that was given to Write is in it.
func (b *blocks) size() int64 { return b.at + int64(b.filled) }

// Write implements [io.Writer]. What it takes is in the file after flush.
func (b *blocks) Write(p []byte) (taken int, err error) {
	for len(p) > 0 {
		n := copy(b.memory[b.filled:], p)
		b.filled += n
		if b.filled == len(b.memory) {
			if err := b.put(b.filled); err != nil {
				b.filled -= n
				return taken, err
			}
			b.at, b.filled = b.size(), 0
		}
		taken += n
		p = p[n:]
	}
	return taken, nil
}

// flush writes what has been gathered. The file then ends with zeros up to the
// end of a block of the disk, until more is written or it is finished.
func (b *blocks) flush() error {
	whole := (b.filled + alignment - 1) / alignment * alignment
	clear(b.memory[b.filled:whole])
	if err := b.put(whole); err != nil {
		return err
	}
	done := b.filled - b.filled%alignment
	b.filled = copy(b.memory, b.memory[done:b.filled])
	b.at += int64(done)
	return nil
}

// finish writes what has been gathered, cuts off what flush has put behind it,
// and returns when the file is on disk.
func (b *blocks) finish() error {
	if err := b.flush(); err != nil {
		return err
	}
	if err := b.file.Truncate(b.size()); err != nil {
		return err
	}
	return b.file.Sync()
}

// put writes the beginning of the block.
func (b *blocks) put(n int) error {
	if n == 0 {
		return nil
	}
	_, err := b.file.WriteAt(b.memory[:n], b.at)
	if errors.Is(err, syscall.EINVAL) {
		// It is aligned in another way than this disk wants it.
		if err := throughCache(b.file); err != nil {
			return err
		}
		_, err = b.file.WriteAt(b.memory[:n], b.at)
	}
	return err
}

var _ io.Writer = (*blocks)(nil)
