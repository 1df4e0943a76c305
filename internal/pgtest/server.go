package pgtest

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/jackc/pgx/v5"

	"github.com/holdfast-dev/holdfast/internal/devstack"
)

// server is where a test binary's databases live.
type server struct {
	migrations []Migration

	once sync.Once
	err  error
	// private is the server that we started, nil if DATABASE_URL named one.
	private *devstack.Postgres
	// admin is a database that is there before any of ours.
	admin *url.URL
	// prefix begins the names of this binary's databases, so that several
	// binaries can share a server.
	prefix string
	// copying is how the server is told to copy the template.
	copying string
	made    atomic.Int64
}

// open starts the server and makes the template, once.
func (s *server) open() error {
	s.once.Do(func() {
		// The first test's context must not end the server.
		s.err = s.start(context.Background())
	})
	return s.err
}

func (s *server) start(ctx context.Context) error {
	given := os.Getenv("DATABASE_URL")
	if given == "" {
		private, err := devstack.StartPostgres(ctx, devstack.PostgresOptions{Volatile: true})
		if err != nil {
			return err
		}
		s.private = private
		given = private.URL("postgres")
	}
	admin, err := url.Parse(given)
	if err != nil || !strings.HasPrefix(admin.Scheme, "postgres") {
		return errors.New("DATABASE_URL is not an address of the form postgres://user:password@host:port/database")
	}
	s.admin = admin
	s.prefix = "holdfast_test_" + strings.ToLower(rand.Text()[:10])
	return s.makeTemplate(ctx)
}

// template is the database that all others are copies of.
func (s *server) template() string { return s.prefix + "_template" }

func (s *server) makeTemplate(ctx context.Context) error {
	err := s.execute(ctx, func(ctx context.Context, conn *pgx.Conn) error {
		// Copying files beats the write-ahead log, the default from version 15
		// on; older servers know no other way and no such option.
		var version int
		if err := conn.QueryRow(ctx, `SELECT current_setting('server_version_num')::int`).Scan(&version); err != nil {
			return err
		}
		if version >= 150000 {
			s.copying = " STRATEGY FILE_COPY"
		}
		_, err := conn.Exec(ctx, "CREATE DATABASE "+s.template()+" TEMPLATE template0")
		return err
	})
	if err != nil {
		return fmt.Errorf("make the template database: %w", err)
	}
	for _, migrate := range s.migrations {
		if err := migrate(ctx, s.url(s.template())); err != nil {
			return fmt.Errorf("migrate the template database: %w", err)
		}
	}
	return nil
}

// create makes a copy of the template and returns its name.
func (s *server) create(ctx context.Context) (string, error) {
	name := fmt.Sprintf("%s_%d", s.prefix, s.made.Add(1))
	err := s.execute(ctx, func(ctx context.Context, conn *pgx.Conn) error {
		_, err := conn.Exec(ctx, "CREATE DATABASE "+name+" TEMPLATE "+s.template()+s.copying)
		return err
	})
	if err != nil {
		return "", fmt.Errorf("make a test database: %w", err)
	}
	return name, nil
}

func (s *server) drop(ctx context.Context, name string) error {
	return s.execute(ctx, func(ctx context.Context, conn *pgx.Conn) error {
		_, err := conn.Exec(ctx, "DROP DATABASE IF EXISTS "+name+" WITH (FORCE)")
		return err
	})
}

// url returns the address of a database of the server.
func (s *server) url(database string) string {
	address := *s.admin
	address.Path = "/" + database
	return address.String()
}

// execute runs fn on a connection of its own to the maintenance database.
func (s *server) execute(ctx context.Context, fn func(context.Context, *pgx.Conn) error) error {
	conn, err := pgx.Connect(ctx, s.admin.String())
	if err != nil {
		return err
	}
	return errors.Join(fn(ctx, conn), conn.Close(context.WithoutCancel(ctx)))
}

// close undoes open.
func (s *server) close() error {
	switch {
	case s.private != nil:
		return s.private.Close()
	case s.prefix != "":
		return s.drop(context.Background(), s.template())
	default:
		return nil
	}
}
