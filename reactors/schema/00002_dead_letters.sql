-- Events that a reactor could not cope with. A letter names the event by its
-- position; what the event says stands in the log, once.

-- +goose Up

CREATE TABLE holdfast_reactors.dead_letters (
    id          bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    position    bigint      NOT NULL CHECK (position > 0),
    -- When the event was recorded: a letter is never taken for an event of
    -- another log that was restored and has grown again.
    event_at    timestamptz NOT NULL,
    -- When the reactor gave up, the last time.
    died_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
    -- When somebody asked for another try.
    asked_at    timestamptz,
    -- When the letter was retried with success, or discarded.
    settled_at  timestamptz,
    -- How often the handler was called for the event, over all tries.
    attempts    integer     NOT NULL CHECK (attempts >= 0),
    -- No foreign key: its check would wait for the lock that the reactor itself
    -- holds on its offset while it writes the letter.
    reactor     text COLLATE "C" NOT NULL,
    -- open: waits for somebody. asked: its reactor is to try again. retried:
    -- the reactor coped with it then. discarded: somebody decided so.
    state       text COLLATE "C" NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'asked', 'retried', 'discarded')),
    -- The last error of the handler.
    reason      text        NOT NULL CHECK (reason <> ''),
    -- Why it was discarded, and by whom.
    note        text        CHECK (note <> ''),
    settled_by  text        CHECK (settled_by <> ''),
    CHECK ((state IN ('retried', 'discarded')) = (settled_at IS NOT NULL)),
    CHECK ((state = 'discarded') = (note IS NOT NULL AND settled_by IS NOT NULL)),
    CHECK (state <> 'asked' OR asked_at IS NOT NULL)
);

-- An event that is delivered again, because the offset did not move before a
-- crash, finds its letter and does not write a second one. What is settled
-- stays as it is.
CREATE UNIQUE INDEX dead_letters_open ON holdfast_reactors.dead_letters (reactor, position, event_at)
    WHERE settled_at IS NULL;

-- What is asked for is looked up at every poll.
CREATE INDEX dead_letters_asked ON holdfast_reactors.dead_letters (reactor, id) WHERE state = 'asked';

GRANT SELECT, INSERT, UPDATE ON holdfast_reactors.dead_letters TO holdfast_reactor;
