package scenario

import (
	"crypto/rand"
	"maps"
	"net"
	"net/http"
	"os"
	"os/exec"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/internal/pgtest"
	"github.com/holdfast-dev/holdfast/internal/redistest"
	"github.com/holdfast-dev/holdfast/internal/token"
)

// settings are environment variables of the servers.
type settings map[string]string

// variables are ours and the settings, which win.
func (s settings) variables() []string {
	all := os.Environ()
	for name, value := range s {
		all = append(all, name+"="+value)
	}
	return all
}

const (
	servers = 3
	// startPatience bounds how long the servers may take to be ready.
	startPatience = time.Minute
)

// cluster is three servers on one database.
type cluster struct {
	addresses []string
	keys      *token.Keys
	client    *http.Client
	turn      atomic.Int64
}

// start starts the servers and returns when all are ready. They end with the
// test, before its database is checked.
func start(t *testing.T, program string, s settings) *cluster {
	t.Helper()
	secret := rand.Text() + rand.Text()
	keys, err := token.NewKeys([]byte(secret))
	require.NoError(t, err)
	c := &cluster{keys: keys, client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}}}
	environment := settings{
		"DATABASE_URL":         pgtest.New(t),
		"REDIS_URL":            redistest.New(t).URL(),
		"HOLDFAST_SIGNING_KEY": secret,
		// The server of the tests runs without fsync.
		"HOLDFAST_ALLOW_UNSAFE_DATABASE": "true",
		// What a server says is a fault then, and shown if the test fails.
		"HOLDFAST_ACCESS_LOG": "false",
	}
	maps.Copy(environment, s)
	migrate := exec.CommandContext(t.Context(), program, "migrate")
	migrate.Env = environment.variables()
	output, err := migrate.CombinedOutput()
	require.NoError(t, err, "%s", output)
	for range servers {
		c.addresses = append(c.addresses, launch(t, program, environment))
	}
	t.Cleanup(c.client.CloseIdleConnections)
	for _, address := range c.addresses {
		c.awaitReady(t, address)
	}
	return c
}

// launch starts one server. Its clean-up asks it to end and requires that it
// does so without a complaint.
func launch(t *testing.T, program string, environment settings) (address string) {
	t.Helper()
	address = freeAddress(t)
	command := exec.Command(program, "serve")
	command.Env = append(environment.variables(), "HOLDFAST_LISTEN="+address)
	var output lines
	command.Stdout, command.Stderr = &output, &output
	require.NoError(t, command.Start())
	t.Cleanup(func() {
		require.NoError(t, command.Process.Signal(syscall.SIGTERM))
		err := command.Wait()
		if err != nil || t.Failed() {
			t.Logf("server %s ended with %v:\n%s", address, err, output.String())
		}
		require.NoError(t, err)
	})
	return address
}

// freeAddress returns an address of the loopback interface that was free a
// moment ago.
func freeAddress(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, listener.Close())
	return listener.Addr().String()
}

func (c *cluster) awaitReady(t *testing.T, address string) {
	t.Helper()
	ready := func() bool {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+address+"/readyz", http.NoBody)
		require.NoError(t, err)
		response, err := c.client.Do(request)
		if err != nil {
			return false
		}
		_ = response.Body.Close()
		return response.StatusCode == http.StatusOK
	}
	require.Eventually(t, ready, startPatience, 20*time.Millisecond, "server %s is not ready", address)
}

// next returns the address of the server whose turn it is.
func (c *cluster) next() string {
	return c.addresses[int(c.turn.Add(1))%len(c.addresses)]
}
