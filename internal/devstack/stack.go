package devstack

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// Options says what a stack starts and where it keeps it.
type Options struct {
	// DataDir keeps what the services store between runs. If empty, all is
	// thrown away by Close.
	DataDir string
	// DatabaseURL, RedisURL and KafkaBrokers name services that exist: they
	// are used as they are, and nothing is started in their place.
	DatabaseURL  string
	RedisURL     string
	KafkaBrokers []string
	// Database is the name of the database in a Postgres of ours, "holdfast"
	// if empty.
	Database string
}

// Stack is a running set of services.
type Stack struct {
	// DatabaseURL, RedisURL and KafkaBrokers are where the services are.
	DatabaseURL  string
	RedisURL     string
	KafkaBrokers []string
	// Choices says for each service what was chosen, in the order of their start.
	Choices []Choice

	closers []func() error
	failed  chan error
	closing chan struct{}
}

// Choice is what a stack uses for one service.
type Choice struct {
	Service string // "postgres", "redis" or "kafka"
	What    string // for people: "PostgreSQL 15.18 from …, data in …"
}

// String is one line for a terminal.
func (c Choice) String() string { return c.Service + ": " + c.What }

// Start starts whatever the options do not name, and returns once all of it
// answers. If one service cannot be started, those before it are stopped.
func Start(ctx context.Context, opts Options) (_ *Stack, err error) {
	s := &Stack{
		DatabaseURL: opts.DatabaseURL, RedisURL: opts.RedisURL, KafkaBrokers: opts.KafkaBrokers,
		failed: make(chan error, 1), closing: make(chan struct{}),
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.Close())
		}
	}()
	dir, err := s.openDir(opts.DataDir)
	if err != nil {
		return nil, err
	}
	if err := s.startPostgres(ctx, opts); err != nil {
		return nil, fmt.Errorf("postgres: %w", err)
	}
	if err := s.startRedis(ctx, dir); err != nil {
		return nil, fmt.Errorf("redis: %w", err)
	}
	if err := s.startKafka(opts.DataDir); err != nil {
		return nil, fmt.Errorf("kafka: %w", err)
	}
	return s, nil
}

// Failed receives an error if a service that the stack started ends by itself.
func (s *Stack) Failed() <-chan error { return s.failed }

// Close stops what was started, the latest first. It is bounded and may be
// called again.
func (s *Stack) Close() error {
	select {
	case <-s.closing:
		return nil
	default:
		close(s.closing)
	}
	var err error
	for len(s.closers) > 0 {
		last := len(s.closers) - 1
		err = errors.Join(err, s.closers[last]())
		s.closers = s.closers[:last]
	}
	return err
}

// openDir makes the data folder and locks it against a second stack. Without
// one it makes a throw-away folder, for logs.
func (s *Stack) openDir(dir string) (string, error) {
	if dir == "" {
		dir, err := os.MkdirTemp("", "holdfast-")
		s.closers = append(s.closers, func() error { return os.RemoveAll(dir) })
		return dir, err
	}
	as, err := serverAccount()
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(dir, as.folderMode()); err != nil {
		return "", fmt.Errorf("data folder: %w", err)
	}
	lock, err := lockFolder(dir)
	if errors.Is(err, errLocked) {
		return "", fmt.Errorf("data folder %s is %w: stop that one, or choose another folder (HOLDFAST_DATA_DIR)", dir, err)
	}
	if err != nil {
		return "", fmt.Errorf("data folder: %w", err)
	}
	s.closers = append(s.closers, lock.Close)
	return dir, nil
}

// watch reports a service that ends before the stack is closed.
func (s *Stack) watch(service string, done <-chan struct{}) {
	go func() {
		select {
		case <-s.closing:
		case <-done:
			select {
			case s.failed <- fmt.Errorf("%s ended by itself", service):
			default: // somebody else's end has been reported
			}
		}
	}()
}

func (s *Stack) chosef(service, format string, args ...any) {
	s.Choices = append(s.Choices, Choice{Service: service, What: fmt.Sprintf(format, args...)})
}

// subfolder is a service's folder below the data folder; throw-away if there
// is none.
func subfolder(dataDir, name string) string {
	if dataDir == "" {
		return ""
	}
	return filepath.Join(dataDir, name)
}
