package kafkatest

import (
	"context"
	"testing"
	"time"
)

// Partitions is how many partitions a topic gets that is made by its first
// use: several, so that an order over all of a topic is nothing to rely on.
const Partitions = 4

// server is a broker of one of the two kinds.
type server interface {
	Addr() string
	Kill()
	Stop() error
	Restart(ctx context.Context) error
	Close() error
}

// Broker is a private broker that is removed, topics and all, in the clean-up
// of its test. Topics are made by their first use. What has been acknowledged
// is there after a restart. Its methods take turns.
type Broker struct {
	tb     testing.TB
	server server
	real   bool
}

// Kinds are what starts a broker of each kind, by the kind's name.
func Kinds() map[string]func(testing.TB) *Broker {
	return map[string]func(testing.TB) *Broker{"in-process": InProcess, "apache": Apache}
}

func newBroker(tb testing.TB, s server, isReal bool) *Broker {
	tb.Helper()
	b := &Broker{tb: tb, server: s, real: isReal}
	tb.Cleanup(func() { b.must(s.Close()) })
	return b
}

// Real reports whether the broker is Apache Kafka.
func (b *Broker) Real() bool { return b.real }

// Addrs are the brokers' hosts and ports, the same after a restart.
func (b *Broker) Addrs() []string { return []string{b.server.Addr()} }

// Kill ends the broker as a crash would: Apache Kafka by SIGKILL, while the
// one inside the process only cuts its connections.
func (b *Broker) Kill() { b.server.Kill() }

// Stop ends the broker in order.
func (b *Broker) Stop() {
	b.tb.Helper()
	b.must(b.server.Stop())
}

// Restart starts the broker again, stopping it first if it runs, and returns
// once it serves clients.
func (b *Broker) Restart() {
	b.tb.Helper()
	// The bound is the broker's; a test that has ended has no time left.
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	defer cancel()
	b.must(b.server.Restart(ctx))
}

func (b *Broker) must(err error) {
	b.tb.Helper()
	if err != nil {
		b.tb.Fatalf("kafkatest: %v", err)
	}
}
