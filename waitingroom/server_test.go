package waitingroom_test

import (
	"net"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/waitingroom"
)

// server is a redis-server with settings of its own: one that keeps a
// snapshot, or a node of a cluster.
type server struct {
	t       testing.TB
	address string
	args    []string
	process *exec.Cmd
}

func startRedis(t testing.TB, args ...string) *server {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	s := &server{t: t, address: listener.Addr().String()}
	require.NoError(t, listener.Close())
	_, port, err := net.SplitHostPort(s.address)
	require.NoError(t, err)
	s.args = append([]string{"--bind", "127.0.0.1", "--port", port, "--dir", t.TempDir(), "--appendonly", "no"}, args...)
	t.Cleanup(s.kill)
	s.start()
	return s
}

func (s *server) url() string { return "redis://" + s.address }

func (s *server) start() {
	s.t.Helper()
	s.process = exec.Command("redis-server", s.args...)
	require.NoError(s.t, s.process.Start())
	client := redis.NewClient(&redis.Options{Addr: s.address, DialerRetries: 1})
	defer func() { _ = client.Close() }()
	require.Eventually(s.t, func() bool { return client.Ping(s.t.Context()).Err() == nil }, 10*time.Second, 5*time.Millisecond)
}

func (s *server) kill() {
	_ = s.process.Process.Kill()
	_ = s.process.Wait()
}

// on is an instance that uses another Redis.
func (h *house) on(url string) *waitingroom.Rooms {
	h.t.Helper()
	rooms, err := waitingroom.New(h.pool, connect(h.t, url), h.unlimited())
	require.NoError(h.t, err)
	return rooms
}

// startCluster starts nodes that share the slots of a Redis Cluster and
// returns its address.
func startCluster(t testing.TB, nodes int) string {
	t.Helper()
	const slots = 16384
	var addresses []string
	for node := range nodes {
		s := startRedis(t, "--save", "", "--cluster-enabled", "yes", "--cluster-node-timeout", "2000")
		addresses = append(addresses, s.address)
		client := redis.NewClient(&redis.Options{Addr: s.address})
		require.NoError(t, client.ClusterAddSlotsRange(t.Context(), node*slots/nodes, (node+1)*slots/nodes-1).Err())
		host, port, err := net.SplitHostPort(addresses[0])
		require.NoError(t, err)
		require.NoError(t, client.ClusterMeet(t.Context(), host, port).Err())
		t.Cleanup(func() { _ = client.Close() })
	}
	url := "redis://" + addresses[0] + "?addr=" + strings.Join(addresses[1:], "&addr=")
	client := connect(t, url)
	require.Eventually(t, func() bool {
		info, err := client.ClusterInfo(t.Context()).Result()
		return err == nil && strings.Contains(info, "cluster_state:ok")
	}, 30*time.Second, 20*time.Millisecond)
	for _, address := range addresses {
		node := redis.NewClient(&redis.Options{Addr: address})
		require.Eventually(t, func() bool {
			info, err := node.ClusterInfo(t.Context()).Result()
			return err == nil && strings.Contains(info, "cluster_state:ok")
		}, 30*time.Second, 20*time.Millisecond)
		require.NoError(t, node.Close())
	}
	return url
}
