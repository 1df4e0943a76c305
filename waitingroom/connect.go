package waitingroom

import (
	"fmt"
	"net/url"

	"github.com/redis/go-redis/v9"
)

// Connect opens a client for a Redis address: redis:// or rediss:// with a
// host and a port; several nodes of a Redis Cluster are given as
// redis://host:port?addr=host:port&addr=host:port. It does not wait for Redis.
//
// The server needs no persistence, and should have none: what came back from a
// disk would be stale, and is thrown away. It must not evict keys: set
// maxmemory-policy to noeviction.
func Connect(address string) (redis.UniversalClient, error) {
	parsed, err := url.Parse(address)
	if err != nil {
		return nil, fmt.Errorf("redis address: %w", err)
	}
	if parsed.Query().Has("addr") {
		options, err := redis.ParseClusterURL(address)
		if err != nil {
			return nil, fmt.Errorf("redis address: %w", err)
		}
		options.ContextTimeoutEnabled = true
		options.DialerRetries = 1
		return redis.NewClusterClient(options), nil
	}
	options, err := redis.ParseURL(address)
	if err != nil {
		return nil, fmt.Errorf("redis address: %w", err)
	}
	// Without it a deadline would not end a read.
	options.ContextTimeoutEnabled = true
	// Whoever waits in front of a server that is away is better told so. One
	// more attempt is for a connection that died in the pool.
	options.DialerRetries = 1
	if options.MaxRetries == 0 {
		options.MaxRetries = 1
	}
	return redis.NewClient(options), nil
}
