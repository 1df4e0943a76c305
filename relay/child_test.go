package relay_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/eventstore"
	"github.com/holdfast-dev/holdfast/internal/farbroker"
	"github.com/holdfast-dev/holdfast/relay"
)

const (
	childDatabase = "RELAY_TEST_DATABASE"
	childBroker   = "RELAY_TEST_BROKER"
	childBatch    = 100
	childLease    = 900 * time.Millisecond
)

// runChild is a process that does nothing but relay, until it is killed.
func runChild() {
	ctx := context.Background()
	pool, err := eventstore.Connect(ctx, os.Getenv(childDatabase), relay.Role)
	if err == nil {
		var log *eventstore.Log
		if log, err = eventstore.Open(ctx, pool, eventstore.Options{AllowUnsafe: true}); err == nil {
			relay.New(pool, log, connectTo(os.Getenv(childBroker)), relay.Options{Batch: childBatch, Lease: childLease}).Run(ctx)
		}
	}
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

// startChild starts such a process, which ends with the test.
func startChild(t *testing.T, f *fixture, broker *farbroker.Broker) *exec.Cmd {
	t.Helper()
	child := exec.CommandContext(context.WithoutCancel(t.Context()), os.Args[0])
	child.Env = append(os.Environ(), childDatabase+"="+f.databaseURL, childBroker+"="+broker.Addr())
	child.Stderr = os.Stderr
	require.NoError(t, child.Start())
	t.Cleanup(func() {
		_ = child.Process.Kill()
		_ = child.Wait()
	})
	return child
}

func TestKillingTheRelayLosesNothing(t *testing.T) {
	t.Parallel()
	f, broker := newFixture(t), startBroker(t)
	require.NoError(t, broker.Delay(3*time.Millisecond)) // so that batches are under way when it dies
	const kills, step = 3, 1500
	total := 0
	for range kills {
		child := startChild(t, f, broker)
		f.grow(t, step)
		total += step
		f.awaitCheckpoint(t, total-step+3*childBatch)
		require.NoError(t, child.Process.Kill())
		require.Error(t, child.Wait())
	}
	f.start(t, connectTo(broker.Addr()), relay.Options{Lease: childLease})
	f.awaitCheckpoint(t, total)
	requireLog(t, records(t, broker, relay.DefaultTopic), total, kills*childBatch)
}

func TestAStalledOwnerIsReplacedAndThenMovesNothing(t *testing.T) {
	t.Parallel()
	f, broker := newFixture(t), startBroker(t)
	require.NoError(t, broker.Delay(3*time.Millisecond))
	child := startChild(t, f, broker)
	f.grow(t, 2000)
	f.awaitCheckpoint(t, 5*childBatch)
	require.NoError(t, child.Process.Signal(syscall.SIGSTOP))
	stalled := f.checkpoint(t)

	r, _ := f.start(t, connectTo(broker.Addr()), relay.Options{Lease: childLease, Owner: "second"})
	require.Eventually(t, func() bool { return r.Status().Working }, patience, time.Millisecond)
	require.NoError(t, child.Process.Signal(syscall.SIGCONT))
	f.awaitCheckpoint(t, 2000)
	f.grow(t, 500)
	f.awaitCheckpoint(t, 2500)
	c := f.checkpoint(t)
	require.Equal(t, "second", c.Owner)
	require.Equal(t, stalled.Epoch+1, c.Epoch)
	requireLog(t, records(t, broker, relay.DefaultTopic), 2500, childBatch)
}
