package devstack

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Redis is a running redis-server that is a child of this process. It keeps
// nothing on disk: what it holds is lost when it ends, as Holdfast's waiting
// room expects. Kill, Restart and Close take turns.
type Redis struct {
	program string
	log     string
	port    int
	server  *child
}

// FindRedis returns the local redis-server, or an error that is
// [ErrNotInstalled] and says what to install.
func FindRedis() (string, error) {
	program, err := exec.LookPath("redis-server")
	if err != nil {
		return "", fmt.Errorf("redis-server is %w: run scripts/provision redis, install the package redis-server, or give REDIS_URL", ErrNotInstalled)
	}
	return program, nil
}

// StartRedis starts a private redis-server on a free port of 127.0.0.1 and
// returns once it answers. Its output goes to redis.log in the folder dir.
func StartRedis(ctx context.Context, dir string) (*Redis, error) {
	program, err := FindRedis()
	if err != nil {
		return nil, err
	}
	const attempts = 3 // another process may be faster to take the port
	var failures []error
	for range attempts {
		port, err := freePort(ctx)
		if err != nil {
			return nil, err
		}
		r := &Redis{program: program, log: filepath.Join(dir, "redis.log"), port: port}
		if err = r.run(ctx); err == nil {
			return r, nil
		}
		failures = append(failures, err)
		if ctx.Err() != nil {
			break
		}
	}
	return nil, errors.Join(failures...)
}

// Addr is the server's host and port. It stays the same over [Redis.Restart].
func (r *Redis) Addr() string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(r.port)) }

// Done is closed when the server process that runs at the time of the call
// has ended.
func (r *Redis) Done() <-chan struct{} { return r.server.done }

// Kill ends the server as a crash would (SIGKILL). All it held is lost.
func (r *Redis) Kill() { r.server.kill() }

// Restart starts an empty server on the same port, ending the one that runs,
// and returns once it answers.
func (r *Redis) Restart(ctx context.Context) error {
	return errors.Join(r.Close(), r.run(ctx))
}

// Close stops the server. It is bounded and may be called again.
func (r *Redis) Close() error {
	if r.server.ended() {
		return nil
	}
	return r.server.stop(stopPatience, syscall.SIGTERM, syscall.SIGKILL)
}

// run starts the server process and waits until it answers.
func (r *Redis) run(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startPatience)
	defer cancel()
	log, err := os.OpenFile(r.log, os.O_CREATE|os.O_TRUNC|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	cmd := serverCommand(r.program, filepath.Dir(r.log), log,
		"--bind", "127.0.0.1", "--port", strconv.Itoa(r.port), "--save", "", "--appendonly", "no")
	r.server, err = startChild("redis-server", cmd, syscall.SIGKILL, nil)
	_ = log.Close()
	if err != nil {
		return err
	}
	if err := r.awaitReady(ctx); err != nil {
		r.server.kill()
		return err
	}
	return nil
}

// awaitReady asks until the server answers, has ended, or ctx has.
func (r *Redis) awaitReady(ctx context.Context) error {
	pause := time.NewTicker(5 * time.Millisecond)
	defer pause.Stop()
	for {
		err := r.answers(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-r.server.done:
			return fmt.Errorf("redis-server ended at its start: %w\n%s", r.server.err, tail(r.log))
		case <-ctx.Done():
			return fmt.Errorf("redis-server did not answer: %w\n%s", errors.Join(ctx.Err(), err), tail(r.log))
		case <-pause.C:
		}
	}
}

// answers asks whoever listens on the port for its process number, which must
// be our own child's: another process may have been faster to take the port.
func (r *Redis) answers(ctx context.Context) error {
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, "tcp4", r.Addr())
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	if err := conn.SetDeadline(time.Now().Add(time.Second)); err != nil {
		return err
	}
	if _, err := io.WriteString(conn, "INFO server\r\nQUIT\r\n"); err != nil {
		return err
	}
	info, err := io.ReadAll(conn)
	if err != nil {
		return err
	}
	if !strings.Contains(string(info), fmt.Sprintf("process_id:%d\r\n", r.server.cmd.Process.Pid)) {
		return fmt.Errorf("%s belongs to another process", r.Addr())
	}
	return nil
}
