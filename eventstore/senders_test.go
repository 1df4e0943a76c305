package eventstore_test

import (
	"encoding/json"
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/eventstore"
)

// senders append under keys as fast as they can and insist on an answer. They
// keep what was acknowledged, as clients do, apart from the store.
type senders struct {
	all sync.WaitGroup

	mu           sync.Mutex
	acknowledged []eventstore.Receipt
	stopped      bool
}

// newSenders starts n senders, all to one stream. The name makes their orders
// unique.
func newSenders(t *testing.T, name string, n int, stores []store) *senders {
	t.Helper()
	s := &senders{}
	for sender := range n {
		s.all.Go(func() {
			for i := 0; ; i++ {
				o := order{
					id:    fmt.Sprintf("%s-%d-%d", name, sender, i),
					reads: []string{"shared"}, writes: []string{"shared"},
					keyed: true,
				}
				receipt, err := o.insist(t.Context(), stores[(sender+i)%len(stores)])
				if err != nil {
					t.Errorf("order %s: %v", o.id, err)
					return
				}
				if !s.keep(receipt) {
					return
				}
			}
		})
	}
	return s
}

// keep notes an acknowledgement and reports whether to go on.
func (s *senders) keep(r eventstore.Receipt) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.acknowledged = append(s.acknowledged, r)
	return !s.stopped
}

// after returns when n more orders have been acknowledged.
func (s *senders) after(t *testing.T, n int) {
	t.Helper()
	count := func() int {
		s.mu.Lock()
		defer s.mu.Unlock()
		return len(s.acknowledged)
	}
	goal := count() + n
	eventually(t, "acknowledgements", func() bool { return count() >= goal })
}

// stop returns what was acknowledged when every sender has his last answer.
func (s *senders) stop() []eventstore.Receipt {
	s.mu.Lock()
	s.stopped = true
	s.mu.Unlock()
	s.all.Wait()
	return s.acknowledged
}

// requireKept requires that what was acknowledged is in the log, that nothing
// took effect twice, and that all decisions were right.
func requireKept(t *testing.T, log *eventstore.Log, acknowledged []eventstore.Receipt) {
	t.Helper()
	p := retrace(t, log)
	for _, r := range acknowledged {
		for _, e := range r.Events {
			require.Equal(t, p.events[e.Position-1], e)
		}
	}
	effects := map[string]int{}
	for _, e := range p.events {
		var b body
		require.NoError(t, json.Unmarshal(e.Payload, &b))
		if b.ID != "" {
			effects[b.ID]++
			require.Equal(t, 1, effects[b.ID], "order %s took effect twice", b.ID)
		}
	}
}
