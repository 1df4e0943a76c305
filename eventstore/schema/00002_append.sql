-- One group of commands in one round trip, for a writer that believes to know
-- the head of the log.

-- +goose Up
-- +goose StatementBegin
CREATE FUNCTION holdfast.append(
    -- The last position that the writer knows. Everything it decided on is the
    -- state of the log at this position.
    known_head   bigint,
    -- When the event at that position was recorded; null if there is none. A log
    -- that was restored and has grown again is told by it from the one before.
    known_at     timestamptz,
    -- The span of time for which its decisions are right; null is open.
    valid_from   timestamptz,
    valid_until  timestamptz,
    -- Keys of all commands of the group, the refused ones too.
    command_ids  uuid[],
    -- One element an event, in order.
    streams      text[],
    versions     bigint[],
    types        text[],
    tags         text[],
    payloads     text[],
    metadatas    text[],
    first_ids    uuid[],
    fingerprints uuid[],
    sizes        integer[],
    OUT outcome  text,
    OUT head     bigint,
    OUT at       timestamptz
) LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    last_at timestamptz;
    added   bigint := cardinality(streams);
BEGIN
    -- A group of refusals writes nothing and needs no lock: known_head was the
    -- head before this call, so if it still is, it was so at this moment.
    at := clock_timestamp();
    IF added > 0 THEN
        PERFORM pg_advisory_xact_lock(5209530441842);
    END IF;

    -- A statement of its own, so that its snapshot is taken under the lock.
    SELECT e.position, e.recorded_at INTO head, last_at
    FROM holdfast.events e ORDER BY e.position DESC LIMIT 1;
    head := coalesce(head, 0);

    IF head <> known_head OR last_at IS DISTINCT FROM known_at THEN
        outcome := 'moved';
        RETURN;
    END IF;

    -- The clock is read under the lock, never now(), which is from before the
    -- wait; and it does not run backwards, even if the server's does.
    IF added > 0 THEN
        at := clock_timestamp();
    END IF;
    at := greatest(at, last_at);
    IF at < valid_from OR at >= valid_until THEN
        outcome := 'untimely';
        RETURN;
    END IF;

    IF cardinality(command_ids) > 0 THEN
        -- The inner LIMIT makes it one look into the index for each key. As a
        -- plain join it may be planned the other way round while the table is
        -- small, and that plan is kept.
        PERFORM FROM unnest(command_ids) AS k(id)
            CROSS JOIN LATERAL (SELECT FROM holdfast.events e WHERE e.command_id = k.id LIMIT 1) AS recorded
        LIMIT 1;
        IF FOUND THEN
            outcome := 'repeated';
            RETURN;
        END IF;
    END IF;

    IF added > 0 THEN
        INSERT INTO holdfast.events (position, version, recorded_at, command_id, fingerprint, command_size,
                                     stream, type, tag, payload, metadata)
        SELECT known_head + n, version, at, first_id, fingerprint, size, stream, type, nullif(tag, ''), payload::json, metadata::json
        FROM unnest(streams, versions, types, tags, payloads, metadatas, first_ids, fingerprints, sizes)
             WITH ORDINALITY AS e(stream, version, type, tag, payload, metadata, first_id, fingerprint, size, n);
        head := known_head + added;
        PERFORM pg_notify('holdfast_log', head::text);
    END IF;
    outcome := 'done';
END
$$;
-- +goose StatementEnd

REVOKE ALL ON FUNCTION holdfast.append FROM PUBLIC;
GRANT EXECUTE ON FUNCTION holdfast.append TO holdfast_appender;
