package redistest_test

import (
	"testing"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/internal/redistest"
)

func TestServerSurvivesItsOwnDeathEmpty(t *testing.T) {
	t.Parallel()
	server := redistest.New(t)
	options, err := redis.ParseURL(server.URL())
	require.NoError(t, err)
	client := redis.NewClient(options)
	t.Cleanup(func() { _ = client.Close() })
	require.NoError(t, client.Set(t.Context(), "key", "value", 0).Err())

	server.Kill()
	require.Error(t, client.Ping(t.Context()).Err())

	address := server.Addr()
	server.Restart()
	require.Equal(t, address, server.Addr())
	require.ErrorIs(t, client.Get(t.Context(), "key").Err(), redis.Nil)
}

func TestServersAreApart(t *testing.T) {
	t.Parallel()
	first, second := redistest.New(t), redistest.New(t)
	require.NotEqual(t, first.Addr(), second.Addr())
}
