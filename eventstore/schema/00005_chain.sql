-- Two groups of one writer may be on their way at a time: the second is sent
-- before the first is answered, so that the server never waits for the client.
-- It relies on the first one's end, whose time of recording its writer does not
-- know yet. It says so with '-infinity', and the session knows: what end_append
-- notes in it is undone with the transaction, so the note is of a group that
-- was recorded. The functions' signatures stay, and so does what they promise
-- to a writer that knows the time.

-- +goose Up

-- +goose StatementBegin
CREATE OR REPLACE FUNCTION holdfast.begin_append(
    -- Whether events follow. Without, nothing is locked: known_head was the head
    -- before this call, so if it still is, it was so at this moment.
    writing       boolean,
    -- The last position that the writer knows. Everything it decided on is the
    -- state of the log at this position.
    known_head    bigint,
    -- When the event at that position was recorded; null if there is none,
    -- '-infinity' if it is the last that this session has appended. A log that
    -- was restored and has grown again is told by it from the one before.
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
    IF known_at = '-infinity' THEN
        -- The position too: had the group before failed, its note would be of
        -- an earlier one, while somebody else may have appended as much.
        IF current_setting('holdfast.appended', true) = known_head::text THEN
            known_at := current_setting('holdfast.appended_at')::timestamptz;
        END IF;
    END IF;
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
CREATE OR REPLACE FUNCTION holdfast.end_append(
    -- The group's last position.
    last        bigint,
    -- When the event before the group was recorded, as for begin_append.
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
    IF known_at = '-infinity' THEN
        known_at := current_setting('holdfast.appended_at')::timestamptz;
    END IF;
    -- Recorded time does not run backwards, even if the server's clock does.
    IF at < known_at OR at < valid_from OR at >= valid_until THEN
        RAISE EXCEPTION 'the group was decided for another time' USING ERRCODE = 'ZL004',
            HINT = 'The group is decided again by the time under the lock.';
    END IF;
    PERFORM set_config('holdfast.appended', last::text, false),
        set_config('holdfast.appended_at', at::text, false),
        pg_notify('holdfast_log', last::text);
    RETURN at;
END
$$;
-- +goose StatementEnd
