package devstack

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"net"
	"os"
	"strconv"
	"syscall"
	"time"
)

// Kafka is a running Apache Kafka broker, controller included, that is a child
// of this process. Its topics are kept over [Kafka.Kill] and [Kafka.Restart]
// and removed by [Kafka.Close]. Kill, Stop, Restart and Close take turns.
type Kafka struct {
	java    javaKafka
	dir     string
	lock    *os.File
	cluster string
	// port is the clients', controller the one the broker talks to itself on.
	port, controller int
	server           *child
}

// kafkaPatience bounds the start of a broker: a Java machine takes seconds,
// and several times that where other tests want the processors too.
const kafkaPatience = 2 * time.Minute

// StartKafka starts a private broker on a free port of 127.0.0.1, with its
// files in a throw-away folder, and returns once it serves clients. An error
// that is [ErrNotInstalled] says what to install.
func StartKafka(ctx context.Context) (_ *Kafka, err error) {
	java, err := findKafka(ctx)
	if err != nil {
		return nil, err
	}
	k := &Kafka{java: java, cluster: newClusterID()}
	if k.dir, k.lock, err = makeScratch(); err != nil {
		return nil, err
	}
	const attempts = 3 // another process may be faster to take a port
	var failures []error
	for range attempts {
		if err = k.start(ctx); err == nil {
			return k, nil
		}
		failures = append(failures, err)
		if ctx.Err() != nil {
			break
		}
	}
	return nil, errors.Join(append(failures, k.Close())...)
}

// newClusterID names a cluster as Kafka does: 16 bytes in the alphabet for
// addresses.
func newClusterID() string {
	var id [16]byte
	_, _ = rand.Read(id[:]) // it never fails
	return base64.RawURLEncoding.EncodeToString(id[:])
}

// start takes ports, writes the settings, and runs the broker for the first time.
func (k *Kafka) start(ctx context.Context) (err error) {
	ctx, cancel := context.WithTimeout(ctx, kafkaPatience)
	defer cancel()
	if k.port, err = freePort(ctx); err != nil {
		return err
	}
	if k.controller, err = freePort(ctx); err != nil {
		return err
	}
	if err := k.writeSettings(); err != nil {
		return err
	}
	if err := k.format(ctx); err != nil {
		return err
	}
	return k.run(ctx)
}

// Addr is the broker's host and port. It stays the same over [Kafka.Restart].
func (k *Kafka) Addr() string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(k.port)) }

// Version is the version of Apache Kafka.
func (k *Kafka) Version() string { return kafkaVersion }

// Kill ends the broker as a crash would (SIGKILL).
func (k *Kafka) Kill() { k.server.kill() }

// Stop ends the broker in order, and by force if that takes too long. It does
// nothing if the broker does not run.
func (k *Kafka) Stop() error {
	if k.server == nil || k.server.ended() {
		return nil
	}
	return k.server.stop(stopPatience, syscall.SIGTERM, syscall.SIGKILL)
}

// Restart starts the broker on the same port with what its topics held,
// stopping it first if it runs, and returns once it serves clients.
func (k *Kafka) Restart(ctx context.Context) error {
	if err := k.Stop(); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, kafkaPatience)
	defer cancel()
	return k.run(ctx)
}

// Close stops the broker and removes its files. It may be called again.
func (k *Kafka) Close() error {
	err := k.Stop()
	if k.lock != nil {
		err = errors.Join(err, os.RemoveAll(k.dir), k.lock.Close())
		k.lock = nil
	}
	return err
}
