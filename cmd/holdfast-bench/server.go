package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strconv"

	"github.com/jackc/pgx/v5"

	"github.com/holdfast-dev/holdfast/eventstore"
	"github.com/holdfast-dev/holdfast/internal/bench"
	"github.com/holdfast-dev/holdfast/internal/devstack"
	"github.com/holdfast-dev/holdfast/projections"
	"github.com/holdfast-dev/holdfast/projections/history"
)

// server is the Postgres that everything is measured on: fresh, on a disk,
// with the durability and the memory settings that Postgres comes with.
type server struct {
	postgres *devstack.Postgres
	folder   string
	// sold is the address of the on-sale's database, once it has been made.
	sold string
	// passing are the databases of the section that is open.
	passing []string
}

// startServer starts it below a folder, by default that of temporary files.
func startServer(ctx context.Context, below string) (*server, error) {
	folder, err := os.MkdirTemp(below, "holdfast-bench-")
	if err != nil {
		return nil, fmt.Errorf("folder for the server: %w", err)
	}
	// The server may run as another user, who must get through to its files.
	if err := os.Chmod(folder, 0o755); err != nil { //nolint:gosec // see above; the data folder below is private
		return nil, errors.Join(err, os.RemoveAll(folder))
	}
	postgres, err := devstack.StartPostgres(ctx, devstack.PostgresOptions{
		Dir:      filepath.Join(folder, "postgres"),
		Settings: map[string]string{"max_connections": "300"},
	})
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(folder))
	}
	return &server{postgres: postgres, folder: folder}, nil
}

func (s *server) close() error {
	return errors.Join(s.postgres.Close(), os.RemoveAll(s.folder))
}

// lasting makes an empty database that stays as long as the server, and returns
// its address.
func (s *server) lasting(ctx context.Context, name string) (string, error) {
	return s.postgres.URL(name), execute(ctx, s.postgres.URL("postgres"), "CREATE DATABASE "+name)
}

// database makes an empty database for the section that is open.
func (s *server) database(ctx context.Context, name string) (string, error) {
	s.passing = append(s.passing, name)
	return s.lasting(ctx, name)
}

// tidied drops the databases of a section when it ends: else the server would
// vacuum and write what it has left while others are measured.
func (s *server) tidied(section bench.Section) bench.Section {
	open := section.Open
	section.Open = func(ctx context.Context) (bench.Opened, error) {
		opened, err := open(ctx)
		end := opened.Close
		opened.Close = func() error {
			var err error
			if end != nil {
				err = end()
			}
			return errors.Join(err, s.dropPassing(context.WithoutCancel(ctx)))
		}
		return opened, err
	}
	return section
}

func (s *server) dropPassing(ctx context.Context) (err error) {
	for _, name := range s.passing {
		err = errors.Join(err, execute(ctx, s.postgres.URL("postgres"), "DROP DATABASE "+name+" WITH (FORCE)"))
	}
	s.passing = nil
	return err
}

// logDatabase makes a database with an empty log for the section that is open.
func (s *server) logDatabase(ctx context.Context, name string) (string, error) {
	databaseURL, err := s.database(ctx, name)
	if err != nil {
		return "", err
	}
	return databaseURL, eventstore.Migrate(ctx, databaseURL)
}

// onSale returns the address of a database whose log holds a realistic on-sale
// of so many events. Sections share it: they only read its log.
func (s *server) onSale(ctx context.Context, events int) (string, error) {
	if s.sold != "" {
		return s.sold, nil
	}
	databaseURL, err := s.lasting(ctx, "onsale")
	if err != nil {
		return "", err
	}
	if err := eventstore.Migrate(ctx, databaseURL); err != nil {
		return "", err
	}
	if err := projections.Migrate(ctx, databaseURL); err != nil {
		return "", err
	}
	if err := history.Fill(ctx, databaseURL, 1, events); err != nil {
		return "", err
	}
	// The tools read what is there: the database has no longer to write it.
	if err := execute(ctx, databaseURL, "CHECKPOINT"); err != nil {
		return "", err
	}
	s.sold = databaseURL
	return databaseURL, nil
}

// execute runs one statement on a connection of its own.
func execute(ctx context.Context, databaseURL, statement string) error {
	conn, err := pgx.Connect(ctx, databaseURL)
	if err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	_, err = conn.Exec(ctx, statement)
	return errors.Join(err, conn.Close(context.WithoutCancel(ctx)))
}

// withPool asks for a pool of a size in the address of a database.
func withPool(databaseURL string, connections int) string {
	address, err := url.Parse(databaseURL)
	if err != nil {
		return databaseURL // the caller's Connect says what is wrong
	}
	query := address.Query()
	query.Set("pool_max_conns", strconv.Itoa(connections))
	address.RawQuery = query.Encode()
	return address.String()
}
