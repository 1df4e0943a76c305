-- A writer that is not alone need not know the end of the log to append to it,
-- only that nothing which it has decided on was changed behind the end that it
-- knows. The two functions here let it say so, and give its events their
-- positions: a group then takes one round trip and holds the lock for no longer
-- than it takes to verify, to write and to commit. What others have appended
-- the writer reads when its own group is recorded.

-- +goose Up

-- Set under the append lock to where the log ends, before each use, so what it
-- says in between means nothing, and positions have no gaps.
CREATE SEQUENCE holdfast.positions AS bigint CACHE 256 OWNED BY holdfast.events.position;
ALTER TABLE holdfast.events ALTER COLUMN position SET DEFAULT nextval('holdfast.positions');
GRANT USAGE, UPDATE ON SEQUENCE holdfast.positions TO holdfast_appender;

-- +goose StatementBegin
CREATE FUNCTION holdfast.begin_placed_append(
    -- As for begin_append, only that others may have appended behind the end
    -- that the writer knows.
    writing       boolean,
    known_head    bigint,
    known_at      timestamptz,
    command_ids   uuid[],
    empty_streams text[],
    empty_tags    text[],
    -- What must not have been changed behind it.
    read_streams  text[],
    read_tags     text[],
    OUT at        timestamptz, -- a time at which all of this was so
    OUT head      bigint       -- and where the log ended then
) LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    last_at timestamptz;
    changed boolean;
BEGIN
    IF writing THEN
        PERFORM pg_advisory_xact_lock(5209530441842);
    END IF;

    -- A statement of its own, so that its snapshot is taken under the lock.
    SELECT e.position, e.recorded_at INTO head, last_at
    FROM holdfast.events e ORDER BY e.position DESC LIMIT 1;
    head := coalesce(head, 0);

    IF head > known_head THEN
        -- More than that is cheaper to forget than to read. And the end that is
        -- known must still be in the log: it may have been restored.
        changed := head - known_head > 5000
            OR known_head > 0 AND NOT EXISTS (
                SELECT FROM holdfast.events e WHERE e.position = known_head AND e.recorded_at = known_at);
        -- INTERSECT, because it is planned as a look into a hash table whatever
        -- the planner expects of the arrays.
        IF NOT changed AND cardinality(read_streams) > 0 THEN
            changed := EXISTS (
                (SELECT e.stream FROM holdfast.events e WHERE e.position > known_head ORDER BY e.position LIMIT 5000)
                INTERSECT SELECT unnest(read_streams));
        END IF;
        IF NOT changed AND cardinality(read_tags) > 0 THEN
            changed := EXISTS (
                (SELECT e.tag FROM holdfast.events e WHERE e.position > known_head ORDER BY e.position LIMIT 5000)
                INTERSECT SELECT unnest(read_tags));
        END IF;
        IF changed THEN
            RAISE EXCEPTION 'another writer has changed what the group relies on' USING ERRCODE = 'ZL001',
                HINT = 'The group is decided again on what was appended.';
        END IF;
        known_head := head;
        known_at := last_at;
    END IF;

    at := holdfast.begin_append(writing, known_head, known_at, command_ids, empty_streams, empty_tags);
    PERFORM set_config('holdfast.placed_behind', head::text, false);
    IF writing THEN
        PERFORM setval('holdfast.positions', head + 1, false);
    END IF;
END
$$;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE FUNCTION holdfast.end_placed_append(
    -- How many events the group has.
    added       bigint,
    -- As for end_append.
    valid_from  timestamptz,
    valid_until timestamptz
) RETURNS timestamptz -- when the group is recorded
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    head    bigint := current_setting('holdfast.placed_behind');
    last_at timestamptz;
BEGIN
    IF currval('holdfast.positions') <> head + added THEN
        RAISE EXCEPTION 'positions were taken from holdfast.positions without the append lock'
            USING HINT = 'Nobody but the functions of the log may use that sequence.';
    END IF;
    SELECT e.recorded_at INTO last_at FROM holdfast.events e WHERE e.position = head;
    RETURN holdfast.end_append(head + added, last_at, valid_from, valid_until);
END
$$;
-- +goose StatementEnd

REVOKE ALL ON FUNCTION holdfast.begin_placed_append, holdfast.end_placed_append FROM PUBLIC;
GRANT EXECUTE ON FUNCTION holdfast.begin_placed_append, holdfast.end_placed_append TO holdfast_appender;
