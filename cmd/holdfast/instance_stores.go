package main

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/redis/go-redis/v9"

	"github.com/holdfast-dev/holdfast/eventstore"
	"github.com/holdfast-dev/holdfast/reactors"
	"github.com/holdfast-dev/holdfast/waitingroom"
)

// stores are the connections of an instance. Each pool acts as the role that
// may do what it is for, and no more.
type stores struct {
	appending *pgxpool.Pool
	reading   *pgxpool.Pool
	waiting   *pgxpool.Pool
	reacting  *pgxpool.Pool
	redis     redis.UniversalClient
}

// openStores connects to the database, where the log must be there and
// durable, and prepares to connect to Redis, which may come later.
func (i *instance) openStores(ctx context.Context) (err error) {
	if i.stores.appending, err = i.openPool(ctx, eventstore.RoleAppender); err != nil {
		return err
	}
	if i.stores.reading, err = i.openPool(ctx, eventstore.RoleProjector); err != nil {
		return err
	}
	if i.stores.waiting, err = pgxpool.New(ctx, i.config.databaseURL); err != nil {
		return fmt.Errorf("open database pool: %w", err)
	}
	i.closePool("waiting rooms", i.stores.waiting)
	if i.stores.reacting, err = reactors.Connect(ctx, i.config.databaseURL, len(i.reactors())); err != nil {
		return err
	}
	i.closePool("reactors", i.stores.reacting)
	i.registry.MustRegister(poolMetrics{
		"append": i.stores.appending, "read": i.stores.reading, "waitingroom": i.stores.waiting, "reactors": i.stores.reacting,
	})
	if i.stores.redis, err = waitingroom.Connect(i.config.redisURL); err != nil {
		return err
	}
	i.onClose("redis", func(context.Context) error { return i.stores.redis.Close() })

	i.log, err = eventstore.Open(ctx, i.stores.appending, eventstore.Options{
		AllowUnsafe: i.config.allowUnsafe, Logger: i.config.logger,
	})
	if err != nil {
		return adviseOnDatabase(err)
	}
	i.onClose("log", func(ctx context.Context) error { return await(ctx, i.log.Close) })
	return nil
}

func (i *instance) openPool(ctx context.Context, role eventstore.Role) (*pgxpool.Pool, error) {
	pool, err := eventstore.Connect(ctx, i.config.databaseURL, role)
	if err != nil {
		return nil, err
	}
	i.closePool(string(role), pool)
	return pool, nil
}

func (i *instance) closePool(what string, pool *pgxpool.Pool) {
	i.onClose("connections of "+what, func(ctx context.Context) error { return await(ctx, pool.Close) })
}

// adviseOnDatabase adds what to do to the errors that a database gives which
// has not been prepared.
func adviseOnDatabase(err error) error {
	if errors.Is(err, eventstore.ErrNotDurable) {
		return fmt.Errorf("%w: mend the server's setting, or say that this database is thrown away (HOLDFAST_ALLOW_UNSAFE_DATABASE=true)", err)
	}
	refusal, is := errors.AsType[*pgconn.PgError](err)
	// No such table, schema or role.
	if is && slices.Contains([]string{"42P01", "3F000", "22023", "42704"}, refusal.Code) {
		return fmt.Errorf("the database is not prepared: run holdfast migrate: %w", err)
	}
	return err
}
