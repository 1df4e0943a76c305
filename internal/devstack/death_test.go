package devstack

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// victimVariable makes the test binary a program that starts a server in the
// folder it names, writes a row and waits to be killed.
const victimVariable = "DEVSTACK_TEST_VICTIM"

func runVictim(dir string) {
	ctx := context.Background()
	postgres, err := StartPostgres(ctx, PostgresOptions{Dir: filepath.Join(dir, "postgres")})
	if err == nil {
		_, err = tryQuery(ctx, postgres.URL("postgres"), "CREATE TABLE kept AS SELECT 'acknowledged' AS word")
	}
	redis, redisErr := StartRedis(ctx, dir)
	if err := errors.Join(err, redisErr); err != nil {
		fmt.Fprintln(os.Stdout, err)
		os.Exit(1)
	}
	fmt.Fprintln(os.Stdout, "ready", postgres.server.cmd.Process.Pid, redis.server.cmd.Process.Pid)
	select {}
}

func TestServersEndWithAKilledParent(t *testing.T) {
	t.Parallel()
	dir := folderForServers(t)
	victim := exec.Command(os.Args[0])
	victim.Env = append(os.Environ(), victimVariable+"="+dir)
	victim.Stderr = os.Stderr
	out, err := victim.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, victim.Start())
	servers := awaitServers(t, bufio.NewScanner(out))

	require.NoError(t, victim.Process.Kill())
	require.Error(t, victim.Wait())
	for _, pid := range servers {
		require.Eventually(t, func() bool { return errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) },
			10*time.Second, 5*time.Millisecond, "process %d outlives its parent", pid)
	}

	again := startPostgres(t, PostgresOptions{Dir: filepath.Join(dir, "postgres")})
	require.Equal(t, []string{"acknowledged"}, query(t, again.URL("postgres"), "SELECT word FROM kept"))
}

// awaitServers reads the process numbers that the victim prints.
func awaitServers(t *testing.T, lines *bufio.Scanner) []int {
	t.Helper()
	var said []string
	for lines.Scan() {
		said = append(said, lines.Text())
		numbers, ready := strings.CutPrefix(lines.Text(), "ready ")
		if !ready {
			continue
		}
		var pids []int
		for number := range strings.FieldsSeq(numbers) {
			pid, err := strconv.Atoi(number)
			require.NoError(t, err)
			pids = append(pids, pid)
		}
		return pids
	}
	require.Fail(t, "the victim ended early", strings.Join(said, "\n"))
	return nil
}
