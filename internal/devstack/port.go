package devstack

import (
	"context"
	"fmt"
	"net"
	"strconv"
)

// freePort returns a TCP port of the loopback interface that nobody listens
// on. Another process may take it before it is used: whoever starts a server
// on it tries again with another one.
func freePort(ctx context.Context) (int, error) {
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp4", "127.0.0.1:0")
	if err != nil {
		return 0, fmt.Errorf("find a free port: %w", err)
	}
	defer func() { _ = listener.Close() }()
	_, port, err := net.SplitHostPort(listener.Addr().String())
	if err != nil {
		return 0, fmt.Errorf("find a free port: %w", err)
	}
	return strconv.Atoi(port)
}
