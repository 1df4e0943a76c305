package sink

import (
	"context"
	"sync"

	"github.com/holdfast-dev/holdfast/export/parquetrow"
)

// buffer is what has been received and is not on disk, of the partitions that
// are assigned. It is safe for concurrent use.
type buffer struct {
	limits limits

	mu     sync.Mutex
	tracks map[Partition]*track
	rows   int
	bytes  int64
	counts Counts
	// begun says that a batch has its first message, or another step of a
	// partition's; full that a batch should be written at once.
	begun, full chan struct{}
	// room is closed, and replaced, when a batch is taken.
	room chan struct{}
}

// limits are how much is written at once, at most.
type limits struct {
	rows  int
	bytes int64
}

// track is what has been received of a partition.
type track struct {
	// from is where the disk ends, or will when the batch in hand is written.
	from int64
	// to is where it will end with what is in the buffer.
	to   Mark
	rows []*parquetrow.Row
}

// Counts are what became of the messages since the start.
type Counts struct {
	// Rows were buffered, to be written.
	Rows int64 `json:"rows"`
	// Duplicates were left out because their position is on disk or in the
	// buffer already.
	Duplicates int64 `json:"duplicates"`
	// Replays were left out because they were sent again on purpose.
	Replays int64 `json:"replays"`
	// Skipped were left out because they were named to be.
	Skipped int64 `json:"skipped"`
}

func newBuffer(l limits) *buffer {
	return &buffer{
		limits: l, tracks: make(map[Partition]*track),
		begun: make(chan struct{}, 1), full: make(chan struct{}, 1), room: make(chan struct{}),
	}
}

// assign says where the disk ends, and from where on a partition will be
// received. If there is a gap between, the next batch moves over it.
func (b *buffer) assign(p Partition, disk int64, at Mark) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.tracks[p] = &track{from: disk, to: at}
	if disk != at.Next {
		signal(b.begun)
	}
}

// delivery is what a message turned out to be.
type delivery struct {
	offset int64
	fate   fate
	row    parquetrow.Row
}

type fate int

const (
	wanted fate = iota
	replayed
	skipped
)

// add takes deliveries of one partition in the order of their offsets. While
// there is no room it waits, until ctx ends.
//
// A position that is not above the partition's high-water mark is a
// repetition; the package comment says why that is exact.
func (b *buffer) add(ctx context.Context, p Partition, deliveries []delivery) error {
	if err := b.awaitRoom(ctx); err != nil {
		return err
	}
	defer b.mu.Unlock()
	t, idle := b.tracks[p], b.idle()
	for i := range deliveries {
		d := &deliveries[i]
		t.to.Next = d.offset + 1
		switch {
		case d.fate == replayed:
			b.counts.Replays++
		case d.fate == skipped:
			b.counts.Skipped++
		case d.row.Position <= t.to.Position:
			b.counts.Duplicates++
		default:
			t.to.Position = d.row.Position
			t.rows = append(t.rows, &d.row)
			b.rows++
			b.bytes += size(&d.row)
			b.counts.Rows++
		}
	}
	if idle && !b.idle() {
		signal(b.begun)
	}
	if b.isFull() {
		signal(b.full)
	}
	return nil
}

// awaitRoom returns with the lock held when a batch is not full.
func (b *buffer) awaitRoom(ctx context.Context) error {
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		b.mu.Lock()
		if !b.isFull() {
			return nil
		}
		room := b.room
		b.mu.Unlock()
		select {
		case <-room:
		case <-ctx.Done():
		}
	}
}

// take returns what is in the buffer and empties it.
func (b *buffer) take() batch {
	b.mu.Lock()
	defer b.mu.Unlock()
	taken := batch{marks: make(map[Partition]step), rows: make([]*parquetrow.Row, 0, b.rows)}
	for p, t := range b.tracks {
		if t.to.Next == t.from {
			continue
		}
		taken.marks[p] = step{from: t.from, to: t.to}
		taken.rows = append(taken.rows, t.rows...)
		t.from, t.rows = t.to.Next, nil
	}
	b.rows, b.bytes = 0, 0
	close(b.room)
	b.room = make(chan struct{})
	return taken
}

// reached reports whether all partitions have been received up to goals.
func (b *buffer) reached(goals map[Partition]int64) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	for p, goal := range goals {
		if b.tracks[p].to.Next < goal {
			return false
		}
	}
	return true
}

func (b *buffer) isFull() bool { return b.rows >= b.limits.rows || b.bytes >= b.limits.bytes }

func (b *buffer) idle() bool {
	for _, t := range b.tracks {
		if t.to.Next != t.from {
			return false
		}
	}
	return true
}

// signal wakes whoever waits for c, now or later, once.
func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// progress returns what became of the messages, how many rows wait, and up to
// which offset each partition was received.
func (b *buffer) progress() (Counts, int, map[Partition]int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	received := make(map[Partition]int64, len(b.tracks))
	for p, t := range b.tracks {
		received[p] = t.to.Next
	}
	return b.counts, b.rows, received
}
