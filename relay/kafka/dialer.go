package kafka

import (
	"net"
	"sync"
	"time"
)

// dialer opens connections and remembers how the last one went. While a batch
// is tried again for ever, this is where the reason can be seen.
type dialer struct {
	net.Dialer

	mu   sync.Mutex
	last error
}

func newDialer(patience, keepAlive time.Duration) *dialer {
	return &dialer{Dialer: net.Dialer{Timeout: patience, KeepAlive: keepAlive}}
}

// Dial implements [proxy.Dialer] of golang.org/x/net.
func (d *dialer) Dial(network, address string) (net.Conn, error) {
	conn, err := d.Dialer.Dial(network, address)
	d.note(err)
	return conn, err
}

func (d *dialer) note(err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.last = err
}

func (d *dialer) trouble() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.last
}
