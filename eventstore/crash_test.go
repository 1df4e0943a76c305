package eventstore_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/eventstore"
	"github.com/holdfast-dev/holdfast/internal/devstack"
	"github.com/holdfast-dev/holdfast/internal/logcheck"
)

// startServer runs a durable server for one test and migrates it.
func startServer(t *testing.T, configure map[string]string) *devstack.Postgres {
	t.Helper()
	server, err := devstack.StartPostgres(t.Context(), devstack.PostgresOptions{Settings: configure})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, server.Close()) })
	require.NoError(t, eventstore.Migrate(t.Context(), server.URL("postgres")))
	return server
}

// The server is killed in mid-run and started again, several times. Nothing
// that was acknowledged is lost, every order comes to rest, and each time all
// writers work again within seconds, by themselves.
func TestAKilledServerLosesNothing(t *testing.T) {
	t.Parallel()
	server := startServer(t, nil)
	databaseURL := server.URL("postgres")
	stores := []store{openStore(t, databaseURL, settings{}), openStore(t, databaseURL, settings{})}
	var acknowledged []eventstore.Receipt
	for round := range 3 {
		s := newSenders(t, fmt.Sprint(round), 8, stores)
		s.after(t, 30)
		server.Kill()
		<-server.Done()
		require.NoError(t, server.Restart(t.Context()))
		ready := time.Now()
		s.after(t, 30)
		require.Less(t, time.Since(ready), 5*time.Second, "from ready to work again")
		acknowledged = append(acknowledged, s.stop()...)
	}
	requireKept(t, stores[0].log, acknowledged)
	require.NoError(t, logcheck.Check(t.Context(), databaseURL))
}
