package relay_test

import (
	"errors"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/eventstore"
	"github.com/holdfast-dev/holdfast/relay"
)

var errRefused = errors.New("planted refusal")

// fakeKafka acknowledges, refuses or hangs as it is told, and remembers what it
// acknowledged.
type fakeKafka struct {
	mu      sync.Mutex
	refuse  int
	hang    chan struct{} // Publish waits for it to be closed, if it is not nil
	before  func()        // runs before a batch is acknowledged
	sent    []eventstore.Position
	batches int
}

func (k *fakeKafka) connect() (message.Publisher, error) {
	return &fakePublisher{kafka: k, closed: make(chan struct{})}, nil
}

func (k *fakeKafka) last() eventstore.Position {
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(k.sent) == 0 {
		return 0
	}
	return k.sent[len(k.sent)-1]
}

func (k *fakeKafka) positions() []eventstore.Position {
	k.mu.Lock()
	defer k.mu.Unlock()
	return slices.Clone(k.sent)
}

type fakePublisher struct {
	kafka  *fakeKafka
	once   sync.Once
	closed chan struct{}
}

func (p *fakePublisher) Publish(_ string, messages ...*message.Message) error {
	k := p.kafka
	k.mu.Lock()
	hang, before := k.hang, k.before
	refused := k.refuse > 0
	k.refuse = max(k.refuse-1, 0)
	k.mu.Unlock()
	if refused {
		return errRefused
	}
	if hang != nil {
		select {
		case <-hang:
		case <-p.closed:
			return errors.New("closed")
		}
	}
	if before != nil {
		before()
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, m := range messages {
		position, _ := strconv.ParseInt(m.UUID, 10, 64)
		k.sent = append(k.sent, eventstore.Position(position))
	}
	k.batches++
	return nil
}

func (p *fakePublisher) Close() error {
	p.once.Do(func() { close(p.closed) })
	return nil
}

func TestTheCheckpointMovesOnlyAfterTheAcknowledgement(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.grow(t, 300)
	fake := &fakeKafka{}
	early := make(chan relay.Checkpoint, 100)
	fake.before = func() {
		if c := f.checkpoint(t); c.Position > fake.last() {
			early <- c
		}
	}
	f.start(t, fake.connect, relay.Options{Batch: 50})
	f.awaitCheckpoint(t, 300)
	require.Empty(t, early, "checkpoints that moved before Kafka had acknowledged")
	require.Equal(t, eventstore.Position(300), fake.last())
}

func TestWhatIsRefusedIsTriedAgainForEver(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.grow(t, 300)
	const refusals = 60 // far more than anybody would bound it to
	fake := &fakeKafka{refuse: refusals}
	r, _ := f.start(t, fake.connect, relay.Options{Batch: 50, MaxBackoff: 2 * time.Millisecond, Lease: 300 * time.Millisecond})
	f.awaitCheckpoint(t, 300)
	sent := fake.positions()
	require.Len(t, sent, 300)
	for i, position := range sent {
		require.EqualValues(t, i+1, position, "in order, and each once")
	}
	require.EqualValues(t, refusals, r.Status().Failures)
	require.EqualValues(t, 1, f.checkpoint(t).Epoch, "without giving up in between")
}

func TestRunEndsWhileKafkaHangs(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.grow(t, 10)
	fake := &fakeKafka{hang: make(chan struct{})}
	r, stop := f.start(t, fake.connect, relay.Options{})
	require.Eventually(t, func() bool { return f.checkpoint(t).Trouble != "" }, patience, 5*time.Millisecond)
	require.Contains(t, f.checkpoint(t).Trouble, "Kafka has not acknowledged the batch from position 1 on")
	require.True(t, r.Status().Working)
	begin := time.Now()
	stop()
	require.Less(t, time.Since(begin), 5*time.Second)
	c := f.checkpoint(t)
	require.False(t, c.Held)
	require.Zero(t, c.Position)
}
