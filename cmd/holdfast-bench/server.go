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

// database makes an empty database and returns its address.
func (s *server) database(ctx context.Context, name string) (string, error) {
	return s.postgres.URL(name), execute(ctx, s.postgres.URL("postgres"), "CREATE DATABASE "+name)
}

// logDatabase makes a database with an empty log.
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
	databaseURL, err := s.logDatabase(ctx, "onsale")
	if err != nil {
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
