package logcheck

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/maphash"

	"golang.org/x/sync/errgroup"
)

// account is what a line of the ledger is about.
type account byte

const (
	// versions of a stream: each event adds one.
	versions account = iota
	// balances of a wallet: each entry adds its amount or takes it away.
	balances
	// digests of commands and ids of payments and charges occur once.
	digests
	movements
)

// line says that an event took something to a value by a change. The one rule
// of the ledger is that the value is that of the line before under the same
// name, or 0, plus the change. Versions, balances and ids that occur once all
// come down to it.
type line struct {
	account  account
	name     [16]byte
	position int64
	change   int64
	value    int64
}

// ledger collects what can only be judged by comparing events that may stand
// far apart, and judges it in bounded memory however long the log is. A line
// goes to a shard by its name; shards that grow go to temporary files; at the
// end each is judged by itself. Names are kept as 128-bit digests under random
// seeds: every name takes the same room, and nobody can make two collide.
type ledger struct {
	seeds  [2]maphash.Seed
	shards []shard
	// wallets counts the wallets, and held adds up what they hold.
	wallets, streams int64
	held             sum
	buffer           [lineSize]byte
}

const (
	lineSize = 1 + 16 + 3*8
	// shardSize is what a shard should come to when it is judged.
	shardSize = 16 << 20
	// shardLimit bounds the open files.
	shardLimit = 512
)

// newLedger makes a ledger for a log of about so many events.
func newLedger(events int64) *ledger {
	const linesOfTenEvents = 14
	shards := min(max(events*linesOfTenEvents/10*lineSize/shardSize, 1), shardLimit)
	return &ledger{
		seeds:  [2]maphash.Seed{maphash.MakeSeed(), maphash.MakeSeed()},
		shards: make([]shard, shards),
	}
}

// digest returns what a name is kept as.
func (l *ledger) digest(a account, name []byte) (d [16]byte) {
	binary.LittleEndian.PutUint64(d[:8], maphash.Bytes(l.seeds[0], name)+uint64(a))
	binary.LittleEndian.PutUint64(d[8:], maphash.Bytes(l.seeds[1], name))
	return d
}

// add writes a line.
func (l *ledger) add(a account, name string, position, change, value int64) error {
	return l.write(line{a, l.digest(a, []byte(name)), position, change, value})
}

// once writes that an id occurs, as it may once.
func (l *ledger) once(a account, id []byte, position int64) error {
	return l.write(line{a, l.digest(a, id), position, 1, 1})
}

func (l *ledger) write(n line) error {
	b := l.buffer[:0]
	b = append(b, byte(n.account))
	b = append(b, n.name[:]...)
	b = binary.LittleEndian.AppendUint64(b, uint64(n.position))
	b = binary.LittleEndian.AppendUint64(b, uint64(n.change))
	b = binary.LittleEndian.AppendUint64(b, uint64(n.value))
	at := binary.LittleEndian.Uint64(n.name[:8]) % uint64(len(l.shards))
	return l.shards[at].write(b)
}

func readLine(b []byte) (n line) {
	n.account = account(b[0])
	copy(n.name[:], b[1:17])
	n.position = int64(binary.LittleEndian.Uint64(b[17:]))
	n.change = int64(binary.LittleEndian.Uint64(b[25:]))
	n.value = int64(binary.LittleEndian.Uint64(b[33:]))
	return n
}

// brokenLine is a line that does not follow from the one before under its name.
type brokenLine struct {
	line
	before entry
}

// entry is what is remembered of a name: its latest value, and which event
// took it there.
type entry struct{ position, value int64 }

// judgement is what the lines of a shard come to.
type judgement struct {
	first            *brokenLine
	streams, wallets int64
	held             sum
}

// judge returns the first broken line of the log, or nil. It counts streams
// and wallets.
func (l *ledger) judge() (first *brokenLine, err error) {
	found := make([]judgement, len(l.shards))
	var group errgroup.Group
	group.SetLimit(2) // each holds one shard in memory
	for i := range l.shards {
		group.Go(func() (err error) {
			found[i], err = l.shards[i].judge()
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, fmt.Errorf("read the ledger back: %w", err)
	}
	for i := range found {
		shard := &found[i]
		l.streams += shard.streams
		l.wallets += shard.wallets
		l.held.total.Add(&l.held.total, &shard.held.total)
		if shard.first != nil && (first == nil || shard.first.position < first.position) {
			first = shard.first
		}
	}
	return first, nil
}

// judge follows every name of the shard through its lines.
func (s *shard) judge() (j judgement, err error) {
	latest := make(map[[16]byte]entry, s.lines()/2)
	err = s.each(func(n line) {
		before, known := latest[n.name]
		if n.value != before.value+n.change && j.first == nil {
			j.first = &brokenLine{n, before}
		}
		latest[n.name] = entry{n.position, n.value}
		if n.account == balances {
			// What is added over a wallet's lines is what it holds at the end.
			j.held.add(n.value - before.value)
		}
		if !known {
			j.count(n.account)
		}
	})
	return j, err
}

func (j *judgement) count(a account) {
	switch a {
	case versions:
		j.streams++
	case balances:
		j.wallets++
	case digests, movements:
	}
}

// close removes the files.
func (l *ledger) close() error {
	var failures []error
	for i := range l.shards {
		failures = append(failures, l.shards[i].close())
	}
	return errors.Join(failures...)
}

// breaks makes the fault of the event that wrote a broken line.
func (n brokenLine) breaks(r record) error {
	expected := n.before.value + n.change
	switch n.account {
	case versions:
		return r.breaks(RuleVersions, "expected version %d", expected)
	case balances:
		return r.breaks(RuleBalance, "balance is %d after %d and an amount of %d, expected %d",
			n.value, n.before.value, n.change, expected)
	case digests:
		return r.breaks(RuleKeys, "position %d carries the same digest", n.before.position)
	default:
		return r.breaks(RulePaidOnce, "the payment or charge was recorded at position %d before", n.before.position)
	}
}
