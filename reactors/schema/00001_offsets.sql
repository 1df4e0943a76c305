-- Where each reactor stands. The log itself is what they read: no event is
-- copied here.

-- +goose Up

CREATE TABLE holdfast_reactors.offsets (
    reactor    text COLLATE "C" NOT NULL PRIMARY KEY CHECK (octet_length(reactor) BETWEEN 1 AND 60),
    -- Position of the last event that the reactor is through with, or that is of
    -- no interest to it. 0 stands before the first event.
    position   bigint      NOT NULL CHECK (position >= 0),
    -- When that event was recorded. A log that was restored and has grown again
    -- is told by it from the one that the reactor has read.
    event_at   timestamptz,
    -- When the position moved last.
    updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CHECK ((position = 0) = (event_at IS NULL))
) WITH (
    -- A handful of rows that change all the time: room on the page lets every
    -- change stay on it, without touching the index.
    fillfactor = 20
);

-- The role that reactors act as: it reads the log, moves offsets and keeps dead
-- letters. Roles belong to the whole cluster, so another database may have made
-- it, even at this moment.
-- +goose StatementBegin
DO $$
DECLARE
    -- From version 16 on whoever makes a role is its member, but may not act as
    -- it before that is granted too.
    may_act text := CASE WHEN current_setting('server_version_num')::int >= 160000 THEN 'SET' ELSE 'MEMBER' END;
BEGIN
    BEGIN
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'holdfast_reactor') THEN
            CREATE ROLE holdfast_reactor NOLOGIN;
        END IF;
    EXCEPTION WHEN duplicate_object OR unique_violation THEN
        NULL;
    END;
    IF NOT pg_has_role(current_user, 'holdfast_reactor', may_act) THEN
        EXECUTE format('GRANT holdfast_reactor TO %I', current_user);
    END IF;
END
$$;
-- +goose StatementEnd

GRANT USAGE ON SCHEMA holdfast, holdfast_reactors TO holdfast_reactor;
GRANT SELECT ON holdfast.events TO holdfast_reactor;
GRANT SELECT, INSERT, UPDATE ON holdfast_reactors.offsets TO holdfast_reactor;
