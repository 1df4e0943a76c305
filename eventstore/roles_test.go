package eventstore_test

import (
	"errors"
	"net/url"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/eventstore"
	"github.com/holdfast-dev/holdfast/internal/devstack"
	"github.com/holdfast-dev/holdfast/internal/pgtest"
)

const insufficientPrivilege = "42501"

// Nobody who appends can change history, whatever the login may do.
func TestRolesCannotChangeHistory(t *testing.T) {
	t.Parallel()
	databaseURL := pgtest.New(t)
	mustAppend(t, openStore(t, databaseURL, settings{}), "s", "1")
	const insert = `INSERT INTO holdfast.events (position, version, recorded_at, stream, type, payload, metadata)
		VALUES (2, 2, now(), 's', 'noted.v1', '{}', '{}')`
	everywhere := []string{
		`UPDATE holdfast.events SET payload = '{}'`,
		`UPDATE holdfast.events SET recorded_at = now() WHERE false`,
		`DELETE FROM holdfast.events WHERE position = 1`,
		`TRUNCATE holdfast.events`,
		`DROP TABLE holdfast.events`,
		`ALTER TABLE holdfast.events ADD COLUMN more text`,
		`ALTER TABLE holdfast.events DROP CONSTRAINT events_pkey`,
		`DROP INDEX holdfast.events_command_id`,
		`CREATE TABLE holdfast.more ()`,
		`CREATE TRIGGER t BEFORE INSERT ON holdfast.events EXECUTE FUNCTION suppress_redundant_updates_trigger()`,
		`CREATE RULE r AS ON INSERT TO holdfast.events DO INSTEAD NOTHING`,
		`CREATE OR REPLACE FUNCTION holdfast.begin_append() RETURNS int LANGUAGE sql AS 'SELECT 1'`,
		`DROP SCHEMA holdfast CASCADE`,
		`SELECT * FROM holdfast.log_schema`,
	}
	for role, denied := range map[eventstore.Role][]string{
		eventstore.RoleAppender:  everywhere,
		eventstore.RoleProjector: append([]string{insert}, everywhere...),
		eventstore.RoleReader:    append([]string{insert}, everywhere...),
	} {
		pool, err := eventstore.Connect(t.Context(), databaseURL, role)
		require.NoError(t, err)
		t.Cleanup(pool.Close)
		for _, statement := range denied {
			// A session may switch its default off; the privileges are what holds.
			err := pgx.BeginTxFunc(t.Context(), pool, pgx.TxOptions{AccessMode: pgx.ReadWrite}, func(tx pgx.Tx) error {
				_, err := tx.Exec(t.Context(), statement)
				return err
			})
			refusal, ok := errors.AsType[*pgconn.PgError](err)
			require.True(t, ok, "%s as %s: %v", statement, role, err)
			require.Equal(t, insufficientPrivilege, refusal.Code, "%s as %s: %v", statement, role, err)
		}
		var n int
		require.NoError(t, pool.QueryRow(t.Context(), `SELECT count(*) FROM holdfast.events`).Scan(&n))
		require.Equal(t, 1, n)
	}
}

func TestConnectKeepsWhatTheAddressSays(t *testing.T) {
	t.Parallel()
	pool, err := eventstore.Connect(t.Context(), aside(pgtest.New(t))+"&pool_max_conns=3", eventstore.RoleAppender)
	require.NoError(t, err)
	t.Cleanup(pool.Close)
	require.EqualValues(t, 3, pool.Config().MaxConns)
	var name, role, zone string
	require.NoError(t, pool.QueryRow(t.Context(),
		`SELECT current_setting('application_name'), current_user, current_setting('timezone')`).Scan(&name, &role, &zone))
	require.Equal(t, []string{"observer", "holdfast_appender", "UTC"}, []string{name, role, zone})

	_, err = eventstore.Connect(t.Context(), "postgres://%", eventstore.RoleAppender)
	require.ErrorContains(t, err, "database address")
}

// The login that migrates and runs need not be a superuser.
func TestALoginThatOwnsItsDatabaseIsEnough(t *testing.T) {
	t.Parallel()
	server, err := devstack.StartPostgres(t.Context(), devstack.PostgresOptions{Volatile: true})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, server.Close()) })
	conn := owner(t, server.URL("postgres"))
	for _, statement := range []string{
		`CREATE ROLE clerk LOGIN CREATEROLE`,
		`CREATE DATABASE shop OWNER clerk`,
		`CREATE ROLE stranger LOGIN`,
	} {
		_, err := conn.Exec(t.Context(), statement)
		require.NoError(t, err)
	}
	as := func(login string) string {
		address, err := url.Parse(server.URL("shop"))
		require.NoError(t, err)
		query := address.Query()
		query.Set("user", login)
		address.RawQuery = query.Encode()
		return address.String()
	}
	require.NoError(t, eventstore.Migrate(t.Context(), as("clerk")))
	require.NoError(t, eventstore.Migrate(t.Context(), as("clerk")))
	mustAppend(t, openStore(t, as("clerk"), settings{}), "s", "1")

	pool, err := eventstore.Connect(t.Context(), as("stranger"), eventstore.RoleAppender)
	require.NoError(t, err)
	t.Cleanup(pool.Close)
	_, err = eventstore.Open(t.Context(), pool, eventstore.Options{AllowUnsafe: true})
	require.ErrorContains(t, err, "permission denied")
	stranger := owner(t, as("stranger"))
	_, err = stranger.Exec(t.Context(), `SELECT FROM holdfast.events`)
	require.ErrorContains(t, err, "permission denied")
}
