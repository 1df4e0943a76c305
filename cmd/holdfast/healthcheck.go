package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"time"
)

type healthCommand struct {
	Listen string        `env:"HOLDFAST_LISTEN" default:"127.0.0.1:8080" placeholder:"HOST:PORT" help:"Address that the server listens on; one without a host is asked on 127.0.0.1 (default 127.0.0.1:8080)."`
	Live   bool          `help:"Ask whether the process lives (/healthz), not whether it can serve (/readyz)."`
	Within time.Duration `default:"4s" placeholder:"DURATION" help:"How long the answer may take (default 4s)."`
}

// Help says what it is for.
func (healthCommand) Help() string {
	return `Asks the server on this machine for its health, for container images that hold nothing but this program. It ends with 0 if the answer is good, else with 1, and repeats what the server says is missing.

    holdfast healthcheck          # can it serve?
    holdfast healthcheck --live   # does it live?`
}

// Validate says what is wrong with the flags.
func (c healthCommand) Validate() error {
	_, err := c.address()
	return errors.Join(err, positive("--within", c.Within))
}

// address is where the server of this machine is asked: one that listens on
// every interface listens on the loopback one too.
func (c healthCommand) address() (string, error) {
	host, port, err := net.SplitHostPort(c.Listen)
	if err != nil {
		return "", fmt.Errorf("--listen: %q is not HOST:PORT, such as 127.0.0.1:8080 or :8080", c.Listen)
	}
	if ip, err := netip.ParseAddr(host); host == "" || err == nil && ip == netip.IPv4Unspecified() {
		host = "127.0.0.1"
	} else if err == nil && ip == netip.IPv6Unspecified() {
		host = "::1"
	}
	return net.JoinHostPort(host, port), nil
}

// Run asks.
func (c healthCommand) Run(ctx context.Context, stdout io.Writer) error {
	address, err := c.address()
	if err != nil {
		return err
	}
	path := "/readyz"
	if c.Live {
		path = "/healthz"
	}
	ctx, cancel := context.WithTimeout(ctx, c.Within)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+path, http.NoBody)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("%s did not answer %s within %s", address, path, c.Within)
	case err != nil:
		return fmt.Errorf("no server answers on %s: is it running, and is that its HOLDFAST_LISTEN (--listen)? (%w)", address, errors.Unwrap(err))
	}
	defer func() { _ = response.Body.Close() }()
	said, err := io.ReadAll(io.LimitReader(response.Body, 4<<10))
	if err != nil {
		return err
	}
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answered %s: %s", path, response.Status, strings.TrimSpace(string(said)))
	}
	_, err = stdout.Write(said)
	return err
}
