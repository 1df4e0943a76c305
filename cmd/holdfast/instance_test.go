package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/command"
	"github.com/holdfast-dev/holdfast/domain"
	"github.com/holdfast-dev/holdfast/eventstore"
	"github.com/holdfast-dev/holdfast/internal/pgtest"
	"github.com/holdfast-dev/holdfast/projections"
	"github.com/holdfast-dev/holdfast/projections/board"
)

// testInstance opens an instance inside the test, on a database of its own and
// without a Redis that answers.
func testInstance(t *testing.T) *instance {
	t.Helper()
	i, err := openInstance(t.Context(), testConfig(t, pgtest.New(t)))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, i.close()) })
	return i
}

func testConfig(t *testing.T, databaseURL string) instanceConfig {
	t.Helper()
	keys, err := newKeys(secret)
	require.NoError(t, err)
	return instanceConfig{
		databaseURL: databaseURL, redisURL: "redis://127.0.0.1:1", allowUnsafe: true,
		rules: command.Settings{Currency: "EUR"}, keys: keys, reactors: true, sweepEvery: time.Second,
		http:   httpFlags{RequestTimeout: time.Second, DrainTimeout: time.Second},
		logger: slog.New(slog.DiscardHandler),
	}
}

func TestInstanceClosesWhatItHasOpened(t *testing.T) {
	t.Parallel()
	i := testInstance(t)
	require.NoError(t, i.close())
	require.NoError(t, i.close(), "closing again is harmless")
	_, err := i.commands.ChargeWallet(t.Context(), command.Envelope{}, command.ChargeWallet{UserID: domain.UserID(newID()), Amount: 1})
	require.ErrorIs(t, err, eventstore.ErrClosed)
}

func TestInstanceThatCannotOpenLeavesNothingOpen(t *testing.T) {
	t.Parallel()
	database := pgtest.New(t)
	for name, spoil := range map[string]func(*instanceConfig){
		"rules":    func(c *instanceConfig) { c.rules.Currency = "euro" },
		"redis":    func(c *instanceConfig) { c.redisURL = "cache:6379" },
		"provider": func(c *instanceConfig) { c.http.JWKSURL = "not an address" },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			config := testConfig(t, database)
			spoil(&config)
			_, err := openInstance(t.Context(), config)
			require.Error(t, err)
		})
	}
}

func TestServeFailsWithItsListener(t *testing.T) {
	t.Parallel()
	i := testInstance(t)
	listener, err := listenOn(t.Context(), "127.0.0.1:0", "HOLDFAST_LISTEN")
	require.NoError(t, err)
	require.NoError(t, listener.Close())
	require.ErrorContains(t, i.serve(t.Context(), listener), "use of closed network connection")
}

func TestServeWithEndsForWhatFailed(t *testing.T) {
	t.Parallel()
	i := testInstance(t)
	listener, err := listenOn(t.Context(), "127.0.0.1:0", "HOLDFAST_LISTEN")
	require.NoError(t, err)
	failed := make(chan error, 1)
	failed <- errors.New("postgres ended by itself")
	require.EqualError(t, serveWith(t.Context(), i, listener, failed), "postgres ended by itself")

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	other := testInstance(t)
	listener, err = listenOn(t.Context(), "127.0.0.1:0", "HOLDFAST_LISTEN")
	require.NoError(t, err)
	require.NoError(t, serveWith(ctx, other, listener, nil), "an orderly end is no fault")
}

func TestReadyOnlyWithTheSeatsOfTheStart(t *testing.T) {
	t.Parallel()
	i := testInstance(t)
	position, err := seedDemo(t.Context(), i.commands, "EUR", time.Now())
	require.NoError(t, err)
	require.NoError(t, i.board.WaitFor(t.Context(), position))

	current, err := i.probes(t.Context())
	require.NoError(t, err)
	require.Len(t, current, 3)
	for _, probe := range current {
		require.NoError(t, probe.Check(t.Context()), probe.Name)
	}
	behind := &instance{log: i.log, stores: i.stores, board: board.New(i.log, board.Options{})}
	stale, err := behind.probes(t.Context())
	require.NoError(t, err)
	require.NoError(t, stale[0].Check(t.Context()))
	require.EqualError(t, stale[1].Check(t.Context()), "at position 0, and the log was at 12 when this instance started")

	require.NoError(t, i.close())
	require.ErrorIs(t, current[0].Check(t.Context()), eventstore.ErrUnavailable)
}

func TestSeedingAgainChangesNothing(t *testing.T) {
	t.Parallel()
	i := testInstance(t)
	now := time.Now()
	first, err := seedDemo(t.Context(), i.commands, "EUR", now)
	require.NoError(t, err)
	require.EqualValues(t, len(demoConcerts)*(1+demoWeeks), first)

	again, err := seedDemo(t.Context(), i.commands, "EUR", now)
	require.NoError(t, err)
	require.Equal(t, first, again)

	// A week later one more date of each concert is on sale.
	later, err := seedDemo(t.Context(), i.commands, "EUR", now.AddDate(0, 0, 7))
	require.NoError(t, err)
	require.Equal(t, first+eventstore.Position(len(demoConcerts)), later)
}

func TestSeedingUnderOtherSettingsLeavesTheConcertsAsTheyAre(t *testing.T) {
	t.Parallel()
	config := testConfig(t, pgtest.New(t))
	euros, err := openInstance(t.Context(), config)
	require.NoError(t, err)
	_, err = seedDemo(t.Context(), euros.commands, "EUR", time.Now())
	require.NoError(t, err)
	require.NoError(t, euros.close())

	config.rules.Currency = "USD"
	dollars, err := openInstance(t.Context(), config)
	require.NoError(t, err)
	_, err = seedDemo(t.Context(), dollars.commands, "USD", time.Now())
	require.NoError(t, err)
	require.NoError(t, dollars.close())
}

func TestAdviceOnDatabases(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		err  error
		says string
	}{
		"no table":    {&pgconn.PgError{Code: "42P01"}, "run holdfast migrate"},
		"no role":     {fmt.Errorf("open: %w", &pgconn.PgError{Code: "22023"}), "run holdfast migrate"},
		"not durable": {fmt.Errorf("%w: fsync is off", eventstore.ErrNotDurable), "HOLDFAST_ALLOW_UNSAFE_DATABASE=true"},
		"no password": {&pgconn.PgError{Code: "28P01", Message: "password authentication failed"}, "password authentication failed"},
		"away":        {errors.New("connection refused"), "connection refused"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			advised := adviseOnDatabase(test.err)
			require.ErrorIs(t, advised, test.err)
			require.ErrorContains(t, advised, test.says)
		})
	}
}

func TestMetricsOfProjectionsAndPools(t *testing.T) {
	t.Parallel()
	registry := newRegistry()
	registry.MustRegister(projectionMetrics(func() []projections.Status {
		return []projections.Status{
			{Projection: "sales", Position: 7, Head: 9},
			{Projection: "wallets", Position: 3, Head: 9, Stopped: &projections.BadEventError{}},
		}
	}))
	groups := newGroupMetrics(registry)
	groups.observe(eventstore.GroupStats{Commands: 4, Events: 6, Duration: time.Millisecond, Way: eventstore.Placed})

	gathered, err := registry.Gather()
	require.NoError(t, err)
	values := map[string]float64{}
	for _, family := range gathered {
		for _, metric := range family.GetMetric() {
			name := family.GetName()
			for _, label := range metric.GetLabel() {
				name += " " + label.GetValue()
			}
			values[name] = metric.GetGauge().GetValue() + metric.GetCounter().GetValue() + metric.GetHistogram().GetSampleSum()
		}
	}
	for name, want := range map[string]float64{
		"holdfast_projection_position sales":   7,
		"holdfast_projection_lag_events sales": 2,
		"holdfast_projection_stopped sales":    0,
		"holdfast_projection_stopped wallets":  1,
		"holdfast_append_group_commands":       4,
		"holdfast_append_events_total":         6,
		"holdfast_append_groups_total placed":  1,
		"holdfast_append_duration_seconds":     0.001,
	} {
		require.InDelta(t, want, values[name], 1e-9, name)
	}
}

func TestReadyWithoutRedis(t *testing.T) {
	t.Parallel()
	i := testInstance(t) // its Redis does not answer
	listener, err := listenOn(t.Context(), "127.0.0.1:0", "HOLDFAST_LISTEN")
	require.NoError(t, err)
	ctx, stop := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- i.serve(ctx, listener) }()
	response, err := http.Get("http://" + listener.Addr().String() + "/readyz")
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	require.Equal(t, http.StatusOK, response.StatusCode, "Redis is not needed to be ready")
	http.DefaultClient.CloseIdleConnections()
	stop()
	require.NoError(t, <-served)
}
