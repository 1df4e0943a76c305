-- What must outlive Redis. Forward only. Everything here is small: a row per
-- room, a row per loss of Redis, a row per session that is under way.

-- +goose Up

CREATE TABLE holdfast_waiting.rooms (
    concert_id  uuid             NOT NULL PRIMARY KEY,
    -- Goes up by one each time that the room is put into Redis: once when it
    -- opens, once after each loss. Whoever moves it owns the restoration.
    incarnation bigint           NOT NULL CHECK (incarnation >= 0),
    -- Redis never draws a number above it. Whatever Redis forgets, numbers go
    -- on above it, so none is drawn twice.
    ceiling     bigint           NOT NULL,
    -- Where this incarnation began: turns up to base were over, numbers up to
    -- floor were drawn before, or never.
    base        bigint           NOT NULL,
    floor       bigint           NOT NULL,
    -- The checkpoint: turns up to serving are taken up or over, numbers up to
    -- issued are known to have been drawn. Behind Redis by a second or two.
    serving     bigint           NOT NULL,
    issued      bigint           NOT NULL,
    -- Places given back a second, as last measured; 0 if never.
    rate        double precision NOT NULL CHECK (rate >= 0),
    capacity    integer          NOT NULL CHECK (capacity >= 0),
    session_ms  bigint           NOT NULL CHECK (session_ms > 0),
    opened_at   timestamptz      NOT NULL,
    -- Set while the queue is closed: nobody is called and nobody may join.
    closed_at   timestamptz,
    CHECK (0 <= base AND base <= floor AND floor <= ceiling),
    CHECK (base <= serving AND serving <= ceiling),
    CHECK (0 <= issued AND issued <= ceiling)
) WITH (
    -- Rewritten every second while people queue: room for the copies keeps
    -- them on their page and out of the index.
    fillfactor = 25
);

-- One row for each time that Redis lost a room. Numbers from issued + 1 to
-- floor were reserved and, as far as is known, never drawn.
CREATE TABLE holdfast_waiting.losses (
    concert_id  uuid        NOT NULL REFERENCES holdfast_waiting.rooms,
    -- The incarnation that was lost.
    incarnation bigint      NOT NULL,
    issued      bigint      NOT NULL,
    floor       bigint      NOT NULL CHECK (issued <= floor),
    noticed_at  timestamptz NOT NULL,
    PRIMARY KEY (concert_id, incarnation)
);

-- One row for each admission whose end has not come. Written before the
-- admission is handed out: after a loss these still count against the capacity.
CREATE TABLE holdfast_waiting.sessions (
    concert_id   uuid        NOT NULL REFERENCES holdfast_waiting.rooms,
    admission_id uuid        NOT NULL,
    user_id      uuid        NOT NULL,
    number       bigint      NOT NULL CHECK (number > 0),
    ends_at      timestamptz NOT NULL,
    PRIMARY KEY (concert_id, admission_id)
);

-- For taking away what has ended.
CREATE INDEX sessions_end ON holdfast_waiting.sessions (concert_id, ends_at);
