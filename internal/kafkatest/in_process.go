package kafkatest

import (
	"context"
	"net"
	"strconv"
	"testing"

	"github.com/twmb/franz-go/pkg/kfake"
)

// InProcess starts a broker inside the process that ends with the test. Its
// files are in a folder of the test.
func InProcess(tb testing.TB) *Broker {
	tb.Helper()
	s := &inProcess{dir: tb.TempDir()}
	if err := s.Restart(tb.Context()); err != nil {
		tb.Fatalf("kafkatest: %v", err)
	}
	return newBroker(tb, s, false)
}

// inProcess is franz-go's kfake, with files so that it can be started again.
type inProcess struct {
	dir string
	// addr is taken by the first start and kept.
	addr    string
	cluster *kfake.Cluster
}

func (s *inProcess) Addr() string { return s.addr }

func (s *inProcess) Kill() { _ = s.Stop() }

func (s *inProcess) Stop() error {
	if s.cluster != nil {
		s.cluster.Close()
		s.cluster = nil
	}
	return nil
}

func (s *inProcess) Restart(context.Context) (err error) {
	_ = s.Stop()
	options := []kfake.Opt{
		kfake.NumBrokers(1), kfake.AllowAutoTopicCreation(), kfake.DefaultNumPartitions(Partitions), kfake.DataDir(s.dir),
	}
	if s.addr != "" {
		_, port, err := net.SplitHostPort(s.addr)
		if err != nil {
			return err
		}
		number, err := strconv.Atoi(port)
		if err != nil {
			return err
		}
		options = append(options, kfake.Ports(number))
	}
	if s.cluster, err = kfake.NewCluster(options...); err != nil {
		return err
	}
	s.addr = s.cluster.ListenAddrs()[0]
	return nil
}

func (s *inProcess) Close() error { return s.Stop() }
