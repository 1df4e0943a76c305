-- The log. Forward only: an event that was recorded is never changed, and
-- neither is the meaning of a column. Whatever can be derived lives elsewhere.

-- +goose Up

CREATE TABLE holdfast.events (
    -- Fixed-width columns first: no padding between them.
    -- Given under the append lock, in commit order, without gaps. That is what
    -- makes "position > cursor" an exact way to follow the log.
    position     bigint      NOT NULL PRIMARY KEY CHECK (position > 0),
    -- Place in the stream, without gaps.
    version      bigint      NOT NULL CHECK (version > 0),
    -- The server's clock under the append lock, never decreasing with position.
    recorded_at  timestamptz NOT NULL,
    -- On the first event of a command that came with a key, and only there:
    -- digest of sender and key, digest of the request, and how many events from
    -- this position on belong to the command.
    command_id   uuid,
    fingerprint  uuid,
    command_size integer     CHECK (command_size > 0),
    -- Names compare bytewise: faster, and the same under every locale.
    stream       text COLLATE "C" NOT NULL CHECK (octet_length(stream) BETWEEN 1 AND 200),
    type         text COLLATE "C" NOT NULL CHECK (octet_length(type) BETWEEN 1 AND 100),
    tag          text COLLATE "C" CHECK (octet_length(tag) BETWEEN 1 AND 200),
    -- json, not jsonb: the text is kept to the byte and read back three times
    -- as fast. Nothing in the database looks inside.
    payload      json        NOT NULL,
    metadata     json        NOT NULL,
    CHECK ((command_id IS NULL) = (fingerprint IS NULL)),
    CHECK ((command_id IS NULL) = (command_size IS NULL))
) WITH (
    -- Rows never change, so pages may be full; and only inserts can trigger the
    -- vacuum that sets the visibility map, so it is told how many.
    fillfactor = 100,
    autovacuum_vacuum_insert_threshold = 200000,
    autovacuum_vacuum_insert_scale_factor = 0,
    autovacuum_analyze_scale_factor = 0,
    autovacuum_analyze_threshold = 200000
);

-- Of several writers on one version of a stream one wins. The writer prevents
-- the race; this is the last guard, and the way to read a stream.
CREATE UNIQUE INDEX events_stream_version ON holdfast.events (stream, version);

-- A command takes effect once.
CREATE UNIQUE INDEX events_command_id ON holdfast.events (command_id) WHERE command_id IS NOT NULL;

-- The events of a tag in order.
CREATE INDEX events_tag_position ON holdfast.events (tag, position) WHERE tag IS NOT NULL;

-- Two group roles, one for each side of the log. The server's connections take
-- one of them on, whatever the login may do: nobody who appends can change
-- history. Roles belong to the whole cluster, so another database may have
-- made them, even at this moment.
-- +goose StatementBegin
DO $$
DECLARE
    wanted  text;
    -- From version 16 on whoever makes a role is its member, but may not act as
    -- it before that is granted too.
    may_act text := CASE WHEN current_setting('server_version_num')::int >= 160000 THEN 'SET' ELSE 'MEMBER' END;
BEGIN
    FOREACH wanted IN ARRAY ARRAY['holdfast_appender', 'holdfast_projector'] LOOP
        BEGIN
            IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = wanted) THEN
                EXECUTE format('CREATE ROLE %I NOLOGIN', wanted);
            END IF;
        EXCEPTION WHEN duplicate_object OR unique_violation THEN
            NULL;
        END;
        IF NOT pg_has_role(current_user, wanted, may_act) THEN
            EXECUTE format('GRANT %I TO %I', wanted, current_user);
        END IF;
    END LOOP;
END
$$;
-- +goose StatementEnd

REVOKE ALL ON holdfast.events FROM PUBLIC;
GRANT USAGE ON SCHEMA holdfast TO holdfast_appender, holdfast_projector;
GRANT SELECT, INSERT ON holdfast.events TO holdfast_appender;
GRANT SELECT ON holdfast.events TO holdfast_projector;
