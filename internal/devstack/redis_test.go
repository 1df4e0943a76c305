package devstack

import (
	"errors"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"
)

func redisClient(t *testing.T, addr string) *redis.Client {
	t.Helper()
	client := redis.NewClient(&redis.Options{Addr: addr})
	t.Cleanup(func() { require.NoError(t, client.Close()) })
	return client
}

func TestRedisKeepsNothing(t *testing.T) {
	t.Parallel()
	server, err := StartRedis(t.Context(), t.TempDir())
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, server.Close()) })
	client := redisClient(t, server.Addr())
	require.NoError(t, client.Set(t.Context(), "key", "value", 0).Err())
	persistence, err := client.ConfigGet(t.Context(), "save").Result()
	require.NoError(t, err)
	require.Equal(t, map[string]string{"save": ""}, persistence)

	require.NoError(t, server.Restart(t.Context()))
	require.ErrorIs(t, client.Get(t.Context(), "key").Err(), redis.Nil)
	require.NoError(t, server.Close())
	<-server.Done()
	require.NoError(t, server.Close(), "closing again is harmless")
}

func TestKeysOfTheStandInExpire(t *testing.T) {
	t.Parallel()
	server, err := startMiniredis()
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, server.close()) })
	client := redisClient(t, server.addr())
	require.NoError(t, client.Set(t.Context(), "short", "value", 100*time.Millisecond).Err())
	require.NoError(t, client.Set(t.Context(), "long", "value", time.Hour).Err())
	require.Eventually(t, func() bool {
		return errors.Is(client.Get(t.Context(), "short").Err(), redis.Nil)
	}, 5*time.Second, 10*time.Millisecond)
	require.NoError(t, client.Get(t.Context(), "long").Err())
}
