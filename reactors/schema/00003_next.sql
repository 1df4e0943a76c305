-- What a reactor is to do next, in one round trip.

-- +goose Up
-- +goose StatementBegin
CREATE FUNCTION holdfast_reactors.next(
    of_reactor text,
    -- The wire types that the reactor wants.
    wanted     text[],
    -- How many events to hand over at most.
    batch      integer,
    -- How many events to look at, at most, for such that are wanted.
    reach      integer,
    -- How many events that nobody wants are passed before the offset is written.
    slack      integer
) RETURNS TABLE (
    -- event: work through it. letter: a dead letter that is to be tried again.
    -- Otherwise the only row: idle (nothing up to at), more (nothing up to at,
    -- and the log goes on), taken (another instance is at it), missing (the
    -- reactor has no offset), ahead and replaced (the log is not the one that
    -- the reactor has read).
    what        text,
    -- Position of the event; else how far the log was looked through.
    at          bigint,
    -- End of the log.
    head        bigint,
    letter      bigint,
    -- How often the letter's event has been tried so far.
    attempts    integer,
    recorded_at timestamptz,
    stream      text,
    version     bigint,
    type        text,
    tag         text,
    payload     json,
    metadata    json
) LANGUAGE plpgsql VOLATILE
-- Plans are cached; one that was made while the log was empty would go on
-- scanning all of it when it holds millions of events.
SET enable_seqscan = off
AS $$
#variable_conflict use_column
DECLARE
    stand   bigint;
    seen_at timestamptz;
    moved   timestamptz;
    ending  bigint;
    up_to   bigint;
    asked   bigint;
BEGIN
    -- A look without the lock first: a poll that finds nothing writes nothing.
    SELECT o.position, o.updated_at INTO stand, moved
    FROM holdfast_reactors.offsets o WHERE o.reactor = of_reactor;
    IF NOT FOUND THEN
        what := 'missing'; at := 0; head := 0;
        RETURN NEXT;
        RETURN;
    END IF;
    -- A statement of its own, so that it sees all that had been recorded when
    -- the offset was moved.
    ending := coalesce((SELECT max(e.position) FROM holdfast.events e), 0);
    asked := (SELECT l.id FROM holdfast_reactors.dead_letters l
              WHERE l.reactor = of_reactor AND l.state = 'asked'
                AND EXISTS (SELECT FROM holdfast.events e WHERE e.position = l.position AND e.recorded_at = l.event_at)
              ORDER BY l.id LIMIT 1);
    up_to := least(ending, stand + reach);
    IF asked IS NULL AND up_to >= stand
        AND (up_to = stand OR up_to - stand < slack AND moved > clock_timestamp() - interval '1 s')
        AND NOT EXISTS (SELECT FROM holdfast.events e
                        WHERE e.position > stand AND e.position <= up_to AND e.type = ANY (wanted))
        AND (stand = 0 OR EXISTS (SELECT FROM holdfast.events e JOIN holdfast_reactors.offsets o
                        ON e.position = o.position AND e.recorded_at = o.event_at WHERE o.reactor = of_reactor))
    THEN
        what := 'idle'; at := up_to; head := ending;
        RETURN NEXT;
        RETURN;
    END IF;

    -- Whoever has this row is the one that works.
    SELECT o.position, o.event_at INTO stand, seen_at
    FROM holdfast_reactors.offsets o WHERE o.reactor = of_reactor FOR UPDATE SKIP LOCKED;
    IF NOT FOUND THEN
        what := 'taken'; at := 0; head := ending;
        RETURN NEXT;
        RETURN;
    END IF;
    ending := coalesce((SELECT max(e.position) FROM holdfast.events e), 0);
    IF stand > ending THEN
        what := 'ahead'; at := stand; head := ending;
        RETURN NEXT;
        RETURN;
    END IF;
    IF stand > 0 AND NOT EXISTS (SELECT FROM holdfast.events e WHERE e.position = stand AND e.recorded_at = seen_at) THEN
        what := 'replaced'; at := stand; head := ending;
        RETURN NEXT;
        RETURN;
    END IF;

    RETURN QUERY
        SELECT 'letter', e.position, ending, l.id, l.attempts, e.recorded_at, e.stream, e.version, e.type, coalesce(e.tag, ''), e.payload, e.metadata
        FROM holdfast_reactors.dead_letters l
        JOIN holdfast.events e ON e.position = l.position AND e.recorded_at = l.event_at
        WHERE l.reactor = of_reactor AND l.state = 'asked'
        ORDER BY l.id LIMIT 1;
    IF FOUND THEN
        RETURN;
    END IF;

    up_to := least(ending, stand + reach);
    RETURN QUERY
        SELECT 'event', e.position, ending, NULL::bigint, NULL::integer, e.recorded_at, e.stream, e.version, e.type, coalesce(e.tag, ''), e.payload, e.metadata
        FROM holdfast.events e
        WHERE e.position > stand AND e.position <= up_to AND e.type = ANY (wanted)
        ORDER BY e.position LIMIT batch;
    IF FOUND THEN
        RETURN;
    END IF;

    IF up_to > stand THEN
        UPDATE holdfast_reactors.offsets o
        SET position = up_to, updated_at = clock_timestamp(),
            event_at = (SELECT e.recorded_at FROM holdfast.events e WHERE e.position = up_to)
        WHERE o.reactor = of_reactor;
    END IF;
    what := CASE WHEN up_to < ending THEN 'more' ELSE 'idle' END; at := up_to; head := ending;
    RETURN NEXT;
END
$$;
-- +goose StatementEnd

REVOKE ALL ON FUNCTION holdfast_reactors.next FROM PUBLIC;
GRANT EXECUTE ON FUNCTION holdfast_reactors.next TO holdfast_reactor;
