// Package farbroker is a Kafka broker inside the process behind a network that
// the caller makes slow, or cuts: what tests of faults and measurements with a
// latency need.
//
//	broker, err := farbroker.Start()
//	…
//	err = broker.Delay(2 * time.Millisecond)
//	broker.Cut()
//	err = broker.Mend()
//
// Clients see the network's address only, the broker's metadata included. It
// keeps what it is sent in memory.
package farbroker

import (
	"context"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/Shopify/toxiproxy/v2"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"
	"github.com/twmb/franz-go/pkg/kfake"
)

// Broker is a running broker with its network.
type Broker struct {
	cluster *kfake.Cluster
	network *toxiproxy.Proxy
}

// Start starts a broker whose network is as fast as can be. Close must be
// called.
func Start(opts ...kfake.Opt) (*Broker, error) {
	b := &Broker{}
	cluster, err := kfake.NewCluster(append(opts, kfake.NumBrokers(1), kfake.ListenFn(b.listen))...)
	if err != nil {
		return nil, fmt.Errorf("in-process broker: %w", err)
	}
	b.cluster = cluster
	return b, nil
}

// listen gives the broker a listener that tells the network's address, so that
// this is what the broker tells its clients.
func (b *Broker) listen(string, string) (net.Listener, error) {
	var config net.ListenConfig
	listener, err := config.Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	server := toxiproxy.NewServer(toxiproxy.NewMetricsContainer(prometheus.NewRegistry()), zerolog.Nop())
	b.network = toxiproxy.NewProxy(server, "kafka", "127.0.0.1:0", listener.Addr().String())
	if err := b.network.Start(); err != nil {
		return nil, err
	}
	address, err := net.ResolveTCPAddr("tcp", b.network.Listen)
	return &known{Listener: listener, as: address}, err
}

// known is a listener that is known by another address.
type known struct {
	net.Listener
	as net.Addr
}

// Addr implements [net.Listener].
func (k *known) Addr() net.Addr { return k.as }

// Addr is where clients find the broker, as host:port.
func (b *Broker) Addr() string { return b.network.Listen }

// Cluster is the broker itself.
func (b *Broker) Cluster() *kfake.Cluster { return b.cluster }

// Delay makes each answer of the broker come later by d, from now on.
func (b *Broker) Delay(d time.Duration) error {
	return b.toxic(fmt.Sprintf(`{"type": "latency", "attributes": {"latency": %d}}`, d.Milliseconds()))
}

// CutAfter closes each connection once that many bytes have gone to the broker
// through it: in the middle of what is being sent. [Broker.Heal] ends it.
func (b *Broker) CutAfter(bytes int64) error {
	return b.toxic(fmt.Sprintf(`{"name": "cut", "type": "limit_data", "stream": "upstream", "attributes": {"bytes": %d}}`, bytes))
}

func (b *Broker) toxic(json string) error {
	_, err := b.network.Toxics.AddToxicJson(strings.NewReader(json))
	return err
}

// Heal undoes Delay and CutAfter.
func (b *Broker) Heal() { b.network.Toxics.ResetToxics(context.Background()) }

// Cut closes all connections and refuses further ones.
func (b *Broker) Cut() { b.network.Stop() }

// Mend lets clients connect again after Cut.
func (b *Broker) Mend() error { return b.network.Start() }

// Close ends the broker and its network.
func (b *Broker) Close() {
	b.network.Stop()
	b.cluster.Close()
}
