package reactors_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/eventstore"
	"github.com/holdfast-dev/holdfast/reactors"
)

// childDatabase makes the test binary an instance that says what it handles
// on its standard output.
const childDatabase = "HOLDFAST_REACTORS_TEST_CHILD"

// child reacts until it is killed.
func child(database string) int {
	ctx := context.Background()
	fail := func(err error) int {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	appending, err := eventstore.Connect(ctx, database, eventstore.RoleAppender)
	if err != nil {
		return fail(err)
	}
	log, err := eventstore.Open(ctx, appending, eventstore.Options{AllowUnsafe: true})
	if err != nil {
		return fail(err)
	}
	pool, err := reactors.Connect(ctx, database, 1)
	if err != nil {
		return fail(err)
	}
	runner, err := reactors.Open(ctx, pool, log, quick, reactor("mortal", func(msg *message.Message) error {
		_, _ = fmt.Fprintln(os.Stdout, msg.UUID)
		time.Sleep(2 * time.Millisecond) // most of the time it is in the middle of one
		return nil
	}))
	if err != nil {
		return fail(err)
	}
	return fail(runner.Run(ctx))
}

func TestNothingIsLostByAKill(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	const events = 120
	for range events / 4 {
		h.record(wanted, wanted, wanted, wanted)
	}
	handled := map[string]int{}
	for kill := range 4 {
		command := exec.Command(os.Args[0])
		command.Env = append(os.Environ(), childDatabase+"="+h.url)
		command.Stderr = os.Stderr
		out, err := command.StdoutPipe()
		require.NoError(t, err)
		require.NoError(t, command.Start())
		lines := bufio.NewScanner(out)
		for n := 0; n < 17+kill && lines.Scan(); n++ {
			handled[strings.TrimSpace(lines.Text())]++
		}
		require.NoError(t, command.Process.Kill())
		for lines.Scan() {
			handled[strings.TrimSpace(lines.Text())]++
		}
		require.Error(t, command.Wait())
	}
	j := &journal{t: t}
	h.run(quick, reactor("mortal", j.note(nil)))
	h.eventually(func() bool { return h.offset("mortal") == events }, "it is taken over")
	for _, position := range j.seen() {
		handled[fmt.Sprint(position)]++
	}
	twice := 0
	for n := range events {
		count := handled[fmt.Sprint(n+1)]
		require.Positive(t, count, "event %d is lost", n+1)
		twice += count - 1
	}
	require.LessOrEqual(t, twice, 4*10, "no more than a batch a kill is delivered again")
	require.Empty(t, h.letters())
}
