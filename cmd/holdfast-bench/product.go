package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

// product is the program that is shipped, serving on a port of its own, with
// the settings that it has by itself.
type product struct {
	command *exec.Cmd
	// log is the file that the server writes its log to, as it would.
	log     *os.File
	address string
	// signingKey is the secret that its tokens are signed with.
	signingKey string
}

// readyPatience bounds how long the server may take to be ready.
const readyPatience = 30 * time.Second

// buildProduct builds the program, which takes the module's source, unless an
// earlier section has.
func buildProduct(ctx context.Context, folder string) (string, error) {
	program := filepath.Join(folder, "holdfast")
	if _, err := os.Stat(program); err == nil {
		return program, nil
	}
	build := exec.CommandContext(ctx, "go", "build", "-o", program, modulePath+"/cmd/holdfast") //nolint:gosec // our own words
	if output, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build the server: %w\n%s", err, output)
	}
	return program, nil
}

// startProduct builds the program and starts it on a database, with a Redis
// for the waiting room. It returns when the server is ready.
func startProduct(ctx context.Context, s *server, databaseURL, redisURL string) (*product, error) {
	program, err := buildProduct(ctx, s.folder)
	if err != nil {
		return nil, err
	}
	p := &product{signingKey: rand.Text() + rand.Text()}
	if p.address, err = freeAddress(ctx); err != nil {
		return nil, err
	}
	if p.log, err = os.Create(filepath.Join(s.folder, "holdfast.log")); err != nil {
		return nil, err
	}
	environment := append(os.Environ(), "DATABASE_URL="+databaseURL, "REDIS_URL="+redisURL,
		"HOLDFAST_LISTEN="+p.address, "HOLDFAST_SIGNING_KEY="+p.signingKey,
		// The load stands for many addresses, as a proxy would tell of them.
		"HOLDFAST_TRUSTED_PROXIES=127.0.0.0/8")
	command := func(name string) *exec.Cmd {
		c := exec.CommandContext(ctx, program, name) //nolint:gosec // built above
		c.Env, c.Stdout, c.Stderr = environment, p.log, p.log
		return c
	}
	if err := command("migrate").Run(); err != nil {
		return nil, fmt.Errorf("migrate: %w\n%s", err, p.complaint())
	}
	p.command = command("serve")
	if err := p.command.Start(); err != nil {
		return nil, fmt.Errorf("start the server: %w", err)
	}
	if err := p.awaitReady(ctx); err != nil {
		return nil, errors.Join(err, p.close())
	}
	return p, nil
}

const modulePath = "github.com/holdfast-dev/holdfast"

// freeAddress returns an address of the loopback interface that was free a
// moment ago.
func freeAddress(ctx context.Context) (string, error) {
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("find a free port: %w", err)
	}
	return listener.Addr().String(), listener.Close()
}

var errNotReady = errors.New("the server did not become ready in time")

func (p *product) awaitReady(ctx context.Context) error {
	ctx, cancel := context.WithTimeoutCause(ctx, readyPatience, errNotReady)
	defer cancel()
	pause := time.NewTicker(20 * time.Millisecond)
	defer pause.Stop()
	for {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+p.address+"/readyz", http.NoBody)
		if err != nil {
			return err
		}
		if response, err := http.DefaultClient.Do(request); err == nil {
			_ = response.Body.Close()
			if response.StatusCode == http.StatusOK {
				return nil
			}
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-pause.C:
		}
	}
}

// close lets the server drain and end. What it said is part of the error if
// it complains.
func (p *product) close() error {
	if err := p.command.Process.Signal(syscall.SIGTERM); err != nil {
		return fmt.Errorf("stop the server: %w", err)
	}
	if err := p.command.Wait(); err != nil {
		return fmt.Errorf("the server ended with %w\n%s", err, p.complaint())
	}
	return p.log.Close()
}

// complaint is the end of the server's log.
func (p *product) complaint() []byte {
	const enough = 4096
	end, err := p.log.Seek(0, io.SeekEnd)
	if err != nil {
		return nil
	}
	text := make([]byte, min(end, enough))
	_, _ = p.log.ReadAt(text, max(0, end-enough))
	return text
}
