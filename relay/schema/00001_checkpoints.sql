-- Where the relay stands. Forward only. A row for each relay: there is one,
-- unless somebody copies the log to two clusters.

-- +goose Up

CREATE TABLE holdfast_relay.checkpoints (
    name        text        NOT NULL PRIMARY KEY CHECK (octet_length(name) BETWEEN 1 AND 100),
    -- Everything up to here has been acknowledged by Kafka.
    position    bigint      NOT NULL DEFAULT 0 CHECK (position >= 0),
    -- When the event at position was recorded. It tells whether the event that
    -- the log has there is still the one that was sent.
    event_at    timestamptz,
    -- Goes up by one with each change of owner. Whoever moves the checkpoint
    -- says in which epoch it believes to be, and moves nothing in another.
    epoch       bigint      NOT NULL DEFAULT 0 CHECK (epoch >= 0),
    -- For people: host and process of the owner, null if there is none.
    owner       text        CHECK (octet_length(owner) <= 300),
    taken_at    timestamptz,
    -- Until then nobody else may take it, by this server's clock.
    lease_until timestamptz NOT NULL DEFAULT '-infinity',
    -- What kept the owner from going on last, null while nothing does.
    trouble     text        CHECK (octet_length(trouble) <= 2000),
    trouble_at  timestamptz,
    updated_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    CHECK ((position = 0) = (event_at IS NULL)),
    CHECK ((trouble IS NULL) = (trouble_at IS NULL))
) WITH (
    -- Rewritten with each batch: room for the copies keeps them on their page.
    fillfactor = 10
);

-- A role that reads the log and moves the checkpoint, and can do nothing else.
-- Roles belong to the whole cluster, so another database may have made it.
-- +goose StatementBegin
DO $$
DECLARE
    may_act text := CASE WHEN current_setting('server_version_num')::int >= 160000 THEN 'SET' ELSE 'MEMBER' END;
BEGIN
    BEGIN
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'holdfast_relay') THEN
            CREATE ROLE holdfast_relay NOLOGIN;
        END IF;
    EXCEPTION WHEN duplicate_object OR unique_violation THEN
        NULL;
    END;
    IF NOT pg_has_role(current_user, 'holdfast_relay', may_act) THEN
        EXECUTE format('GRANT holdfast_relay TO %I', current_user);
    END IF;
END
$$;
-- +goose StatementEnd

REVOKE ALL ON holdfast_relay.checkpoints FROM PUBLIC;
GRANT USAGE ON SCHEMA holdfast, holdfast_relay TO holdfast_relay;
GRANT SELECT ON holdfast.events TO holdfast_relay;
GRANT SELECT, INSERT, UPDATE ON holdfast_relay.checkpoints TO holdfast_relay;
