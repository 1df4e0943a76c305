package sink_test

import (
	"bytes"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/relay/envelope"
)

// child is a sink in a process of its own.
type child struct {
	command *exec.Cmd
	stderr  bytes.Buffer
}

func (k *topic) startChild(folder string) *child {
	k.t.Helper()
	c := &child{command: exec.Command(os.Args[0])}
	c.command.Env = append(os.Environ(), childOf+"="+strings.Join(k.broker.Addrs(), ","), childFolder+"="+folder)
	c.command.Stderr = &c.stderr
	require.NoError(k.t, c.command.Start())
	return c
}

// kill ends the child as a crash would.
func (c *child) kill(t *testing.T) {
	t.Helper()
	require.NoError(t, c.command.Process.Kill())
	_ = c.command.Wait()
	require.NotContains(t, c.stderr.String(), "offset", "it has ended by itself")
}

func TestKilledAtAnyMomentNothingIsLostOrDoubled(t *testing.T) {
	t.Parallel()
	const kills = 8
	events := madeUp(11, 4_000)
	k, folder := newTopic(t), newFolder(t)
	part := len(events)/kills + 1
	for round := range kills {
		begin, end := round*part, min((round+1)*part, len(events))
		// The relay is killed as well, and repeats some of what it has sent.
		k.publish(events[max(0, begin-50):end], envelope.Options{})
		before := len(filesIn(t, folder))
		c := k.startChild(folder)
		// It is killed in the midst of its work: some files after it has begun.
		files := 1 + rand.IntN(5)
		require.Eventually(t, func() bool { return len(filesIn(t, folder)) >= before+files }, patience, time.Millisecond)
		time.Sleep(time.Duration(rand.IntN(20_000)) * time.Microsecond) // anywhere in what it does next
		c.kill(t)
		requireNoneTwice(t, folder)
	}
	options := k.options(folder)
	options.Instance = childInstance
	drain(t, options)
	requireLog(t, events, folder)
	requireTidy(t, folder)
}

func requireNoneTwice(t *testing.T, folder string) {
	t.Helper()
	var last int64
	for _, row := range read(t, folder) {
		require.Greater(t, row.Position, last)
		last = row.Position
	}
}
