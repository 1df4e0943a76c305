package eventstore_test

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/holdfast-dev/holdfast/eventstore"
)

// crowd is a number of clients who send orders at the same time, each through
// any of several stores. Orders with a key are sent again while the store is
// not available.
type crowd struct {
	t        testing.TB
	stores   []store
	observer *eventstore.Log
	orders   chan order
	sent     int
	clients  sync.WaitGroup

	answered atomic.Int64
	mu       sync.Mutex
	outcomes []outcome
}

// newCrowd lets clients wait for orders. The observer tells them the head of
// the log before and after.
func newCrowd(t testing.TB, clients int, stores []store, observer *eventstore.Log) *crowd {
	t.Helper()
	c := &crowd{t: t, stores: stores, observer: observer, orders: make(chan order)}
	for range clients {
		c.clients.Go(c.serve)
	}
	return c
}

// send gives an order to whoever is free. It makes what has to be unique so.
func (c *crowd) send(o order) {
	c.sent++
	o.id = fmt.Sprintf("order-%d", c.sent)
	if o.freshTag != "" {
		o.fresh = []string{"fresh-" + o.id + "/" + o.freshTag}
	}
	c.orders <- o
}

// wait returns all outcomes when every order has been answered.
func (c *crowd) wait() []outcome {
	close(c.orders)
	c.clients.Wait()
	return c.outcomes
}

func (c *crowd) serve() {
	for o := range c.orders {
		through := c.stores[rand.IntN(len(c.stores))]
		seen, err := o.observe(c.t.Context(), through, c.observer)
		if err != nil {
			c.t.Errorf("order %s: %v", o.id, err)
			continue
		}
		c.answered.Add(1)
		c.mu.Lock()
		c.outcomes = append(c.outcomes, seen)
		c.mu.Unlock()
	}
}
