package waitingroom

import (
	"hash/maphash"
	"net/netip"
	"sync"
	"time"

	freelru "github.com/elastic/go-freelru"
)

// limiterSize bounds how many senders a limiter remembers, some six megabytes,
// which are set aside from the start. A storm from more senders than that is not
// one that a limit per sender stops.
const limiterSize = 65_536

// limiter bounds how often each sender may do something (the generic cell rate
// algorithm: a sender is remembered by one point in time).
type limiter[K comparable] struct {
	limit Limit
	mu    sync.Mutex
	// paidUntil is when a sender's allowance is whole again.
	paidUntil *freelru.LRU[K, time.Time]
}

func newLimiter[K comparable](limit Limit) (*limiter[K], error) {
	cache, err := freelru.New[K, time.Time](limiterSize, hash[K])
	if err != nil {
		return nil, err
	}
	return &limiter[K]{limit: limit, paidUntil: cache}, nil
}

var hashSeed = maphash.MakeSeed()

// hash spreads keys over the table of a cache.
func hash[K comparable](key K) uint32 { return uint32(maphash.Comparable(hashSeed, key)) }

// take counts one more and returns 0, or returns after how long one more will
// be allowed, and counts nothing.
func (l *limiter[K]) take(sender K, now time.Time) time.Duration {
	if l.limit.Burst < 0 {
		return 0
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	until, known := l.paidUntil.Get(sender)
	if !known || until.Before(now) {
		until = now
	}
	credit := time.Duration(l.limit.Burst-1) * l.limit.Every
	if wait := until.Sub(now) - credit; wait > 0 {
		return wait
	}
	l.paidUntil.Add(sender, until.Add(l.limit.Every))
	return 0
}

// network is what one sender can easily have: an IPv4 address or an IPv6 /64.
func network(address netip.Addr) netip.Prefix {
	address = address.Unmap().WithZone("")
	bits := 64
	if address.Is4() {
		bits = 32
	}
	prefix, err := address.Prefix(bits)
	if err != nil {
		return netip.Prefix{}
	}
	return prefix
}
