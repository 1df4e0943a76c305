package pgtest

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

func TestRetireFindsWhatATestLeaves(t *testing.T) {
	t.Parallel()
	require.NoError(t, shared.open())
	name, err := shared.create(t.Context())
	require.NoError(t, err)
	config, err := pgx.ParseConfig(shared.url(name))
	require.NoError(t, err)
	config.RuntimeParams["application_name"] = "forgotten"
	conn, err := pgx.ConnectConfig(t.Context(), config)
	require.NoError(t, err)
	defer func() { _ = conn.Close(context.WithoutCancel(t.Context())) }()
	_, err = conn.Exec(t.Context(), `
		INSERT INTO holdfast.events (position, version, recorded_at, stream, type, payload, metadata)
		VALUES (2, 1, now(), 's', 'tested.v1', '{}', '{}')`)
	require.NoError(t, err)

	err = shared.retire(t.Context(), name)
	require.ErrorContains(t, err, "1 database sessions left open after the test: close its pools and logs\n  forgotten idle: ")
	require.ErrorContains(t, err, "position")
	require.Error(t, conn.Ping(t.Context()), "the session ends with its database")
	_, err = pgx.Connect(t.Context(), shared.url(name))
	require.ErrorContains(t, err, "does not exist")
}
