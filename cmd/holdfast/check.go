package main

import (
	"fmt"
	"net/url"
	"slices"
	"time"
)

// positive says so if a duration is not.
func positive(flag string, value time.Duration) error {
	if value <= 0 {
		return fmt.Errorf("%s must be longer than 0, not %s", flag, value)
	}
	return nil
}

// checkDatabase and checkRedis say what is wrong with an address. They do not
// repeat it: it may hold a password.
func checkDatabase(address string) error {
	return checkAddress("DATABASE_URL (--database-url)", address, "postgres", "postgresql")
}

func checkRedis(address string) error {
	return checkAddress("REDIS_URL (--redis-url)", address, "redis", "rediss")
}

func checkAddress(name, address string, schemes ...string) error {
	if address == "" {
		return fmt.Errorf("%s is not set", name)
	}
	parsed, err := url.Parse(address)
	if err != nil || !slices.Contains(schemes, parsed.Scheme) {
		return fmt.Errorf("%s is not an address that begins with %s://", name, schemes[0])
	}
	return nil
}
