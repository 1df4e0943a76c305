package devstack

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/twmb/franz-go/pkg/kfake"
)

// startPostgres starts a server and makes its database, unless one is given.
func (s *Stack) startPostgres(ctx context.Context, opts Options) error {
	if s.DatabaseURL != "" {
		s.chosef("postgres", "the server of DATABASE_URL")
		return nil
	}
	server, err := StartPostgres(ctx, PostgresOptions{Dir: subfolder(opts.DataDir, "postgres")})
	if err != nil {
		return err
	}
	s.closers = append(s.closers, server.Close)
	database := cmp.Or(opts.Database, "holdfast")
	if err := ensureDatabase(ctx, server.URL("postgres"), database); err != nil {
		return err
	}
	s.DatabaseURL = server.URL(database)
	s.watch("postgres", server.Done())
	s.chosef("postgres", "PostgreSQL %s of our own from %s, files in %s", server.Version(), server.Binaries(), server.Dir())
	return nil
}

// ensureDatabase makes a database unless it is there.
func ensureDatabase(ctx context.Context, adminURL, name string) error {
	conn, err := pgx.Connect(ctx, adminURL)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	var there bool
	err = conn.QueryRow(ctx, `SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)`, name).Scan(&there)
	if err != nil || there {
		return err
	}
	// Another database's collation must not leak in: template0 has none.
	_, err = conn.Exec(ctx, "CREATE DATABASE "+pgx.Identifier{name}.Sanitize()+" TEMPLATE template0")
	return err
}

// startRedis starts a local redis-server, or the stand-in where none is
// installed, unless one is given.
func (s *Stack) startRedis(ctx context.Context, dir string) error {
	if s.RedisURL != "" {
		s.chosef("redis", "the server of REDIS_URL")
		return nil
	}
	server, err := StartRedis(ctx, dir)
	if errors.Is(err, ErrNotInstalled) {
		return s.startRedisStandIn()
	}
	if err != nil {
		return err
	}
	s.closers = append(s.closers, server.Close)
	s.watch("redis", server.Done())
	s.RedisURL = "redis://" + server.Addr() + "/0"
	s.chosef("redis", "redis-server of our own on %s, in memory", server.Addr())
	return nil
}

func (s *Stack) startRedisStandIn() error {
	server, err := startMiniredis()
	if err != nil {
		return err
	}
	s.closers = append(s.closers, server.close)
	s.RedisURL = "redis://" + server.addr() + "/0"
	s.chosef("redis", "no redis-server installed: a stand-in inside this process on %s", server.addr())
	return nil
}

// startKafka starts a broker inside this process, unless brokers are given.
// With a data folder its topics outlive the process.
func (s *Stack) startKafka(dataDir string) error {
	if len(s.KafkaBrokers) > 0 {
		s.chosef("kafka", "the brokers of KAFKA_BROKERS")
		return nil
	}
	options := []kfake.Opt{kfake.NumBrokers(1), kfake.AllowAutoTopicCreation(), kfake.ClusterID("holdfast")}
	kept := "in memory"
	if dir := subfolder(dataDir, "kafka"); dir != "" {
		options = append(options, kfake.DataDir(dir))
		kept = "files in " + dir
	}
	cluster, err := kfake.NewCluster(options...)
	if err != nil {
		return fmt.Errorf("in-process broker: %w", err)
	}
	s.closers = append(s.closers, func() error { cluster.Close(); return nil })
	s.KafkaBrokers = cluster.ListenAddrs()
	s.chosef("kafka", "a broker inside this process on %s, %s", strings.Join(s.KafkaBrokers, ","), kept)
	return nil
}
