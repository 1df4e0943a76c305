-- Events come in by COPY between two small functions, all in one round trip:
-- begin_append takes the lock and verifies, COPY writes, end_append judges the
-- time and wakes the readers. That costs the server two thirds of what one
-- function with an array a column did. A function that objects raises, which
-- makes the server pass over the rest and roll back.

-- +goose Up

-- The time at which COPY arrives from the client, and it is read from the
-- client when the statement before it, the one that waits for the lock, has
-- ended. So it is from after the wait, and the same for all rows.
ALTER TABLE holdfast.events ALTER COLUMN recorded_at SET DEFAULT statement_timestamp();

DROP FUNCTION holdfast.append;

-- +goose StatementBegin
CREATE FUNCTION holdfast.begin_append(
    -- Whether events follow. Without, nothing is locked: known_head was the head
    -- before this call, so if it still is, it was so at this moment.
    writing       boolean,
    -- The last position that the writer knows. Everything it decided on is the
    -- state of the log at this position.
    known_head    bigint,
    -- When the event at that position was recorded; null if there is none. A log
    -- that was restored and has grown again is told by it from the one before.
    known_at      timestamptz,
    -- Keys of all commands of the group, the refused ones too.
    command_ids   uuid[],
    -- What the writer has taken to be without an event, unread.
    empty_streams text[],
    empty_tags    text[]
) RETURNS timestamptz -- a time at which all of this was so
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    started timestamptz := clock_timestamp();
    head    bigint;
    last_at timestamptz;
BEGIN
    IF writing THEN
        PERFORM pg_advisory_xact_lock(5209530441842);
    END IF;

    -- A statement of its own, so that its snapshot is taken under the lock.
    SELECT e.position, e.recorded_at INTO head, last_at
    FROM holdfast.events e ORDER BY e.position DESC LIMIT 1;
    IF coalesce(head, 0) <> known_head OR last_at IS DISTINCT FROM known_at THEN
        RAISE EXCEPTION 'another writer has appended to the log' USING ERRCODE = 'ZL001',
            HINT = 'The group is decided again on what was appended.';
    END IF;

    IF cardinality(command_ids) > 0 THEN
        -- The inner LIMIT makes it one look into the index for each key. As a
        -- plain join it may be planned the other way round while the table is
        -- small, and that plan is kept.
        PERFORM FROM unnest(command_ids) AS k(id)
            CROSS JOIN LATERAL (SELECT FROM holdfast.events e WHERE e.command_id = k.id LIMIT 1) AS recorded
        LIMIT 1;
        IF FOUND THEN
            RAISE EXCEPTION 'a command of the group has taken effect before' USING ERRCODE = 'ZL002',
                HINT = 'The command is answered with what it did then.';
        END IF;
    END IF;

    IF cardinality(empty_streams) > 0 THEN
        PERFORM FROM unnest(empty_streams) AS k(name)
            CROSS JOIN LATERAL (SELECT FROM holdfast.events e WHERE e.stream = k.name LIMIT 1) AS recorded
        LIMIT 1;
        IF FOUND THEN
            RAISE EXCEPTION 'a stream that was taken to be empty is not' USING ERRCODE = 'ZL003',
                HINT = 'The streams are looked up and the commands decided again.';
        END IF;
    END IF;
    IF cardinality(empty_tags) > 0 THEN
        PERFORM FROM unnest(empty_tags) AS k(name)
            CROSS JOIN LATERAL (SELECT FROM holdfast.events e WHERE e.tag = k.name LIMIT 1) AS recorded
        LIMIT 1;
        IF FOUND THEN
            RAISE EXCEPTION 'a tag that was taken to be unused is not' USING ERRCODE = 'ZL003',
                HINT = 'The tags are looked up and the commands decided again.';
        END IF;
    END IF;
    RETURN greatest(started, last_at);
END
$$;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE FUNCTION holdfast.end_append(
    -- The group's last position.
    last        bigint,
    -- When the event before the group was recorded.
    known_at    timestamptz,
    -- The span of time for which the group's decisions are right; null is open.
    valid_from  timestamptz,
    valid_until timestamptz
) RETURNS timestamptz -- when the group is recorded
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    at timestamptz;
BEGIN
    SELECT e.recorded_at INTO STRICT at FROM holdfast.events e WHERE e.position = last;
    -- Recorded time does not run backwards, even if the server's clock does.
    IF at < known_at OR at < valid_from OR at >= valid_until THEN
        RAISE EXCEPTION 'the group was decided for another time' USING ERRCODE = 'ZL004',
            HINT = 'The group is decided again by the time under the lock.';
    END IF;
    PERFORM pg_notify('holdfast_log', last::text);
    RETURN at;
END
$$;
-- +goose StatementEnd

REVOKE ALL ON FUNCTION holdfast.begin_append, holdfast.end_append FROM PUBLIC;
GRANT EXECUTE ON FUNCTION holdfast.begin_append, holdfast.end_append TO holdfast_appender;
