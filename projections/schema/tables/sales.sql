-- What is on sale: concerts, their dates and who has which seat. The sale
-- board of every process starts from these tables at their checkpoint.

CREATE TABLE concerts (
    concert_id      uuid        PRIMARY KEY,
    -- The announcement's place in the log: the order in which concerts are
    -- listed.
    position        bigint      NOT NULL,
    announced_at    timestamptz NOT NULL,
    queue_capacity  integer     NOT NULL,
    session_seconds integer     NOT NULL,
    title           text        NOT NULL,
    venue           text        NOT NULL,
    currency        text COLLATE "C" NOT NULL CHECK (length(currency) = 3)
);

CREATE TABLE performances (
    performance_id uuid        PRIMARY KEY,
    -- A date without its concert could never be found.
    concert_id     uuid        NOT NULL REFERENCES concerts,
    position       bigint      NOT NULL,
    -- Position of the last event that changed the date or one of its seats.
    -- Every process names the same content by it, whenever it started.
    revision       bigint      NOT NULL CHECK (revision >= position),
    starts_at      timestamptz NOT NULL,
    seat_price     bigint      NOT NULL CHECK (seat_price >= 0),
    -- The date on the calendar of time_zone.
    local_date     date        NOT NULL,
    seat_count     integer     NOT NULL CHECK (seat_count > 0),
    time_zone      text COLLATE "C" NOT NULL
) WITH (
    -- revision moves with every change of a seat; no index has it, so with
    -- room on the page the change stays there.
    fillfactor = 50
);

-- Seats that are held or sold. A seat without a row is available, so that a
-- date with 100,000 seats costs nothing until they go.
CREATE TABLE seats (
    performance_id uuid        NOT NULL,
    -- The reservation that holds or has bought it.
    reservation_id uuid        NOT NULL,
    -- A hold is over at this time by the store's clock, with or without an
    -- event that says so. A sold seat has none.
    hold_until     timestamptz,
    seat           integer     NOT NULL CHECK (seat > 0),
    state          text COLLATE "C" NOT NULL CHECK (state IN ('held', 'sold')),
    CHECK ((state = 'held') = (hold_until IS NOT NULL)),
    PRIMARY KEY (performance_id, seat)
) WITH (
    -- A held seat becomes a sold one in place.
    fillfactor = 80
);

-- Turns that are over because they were spent on a payment or given up.
CREATE TABLE admissions (
    admission_id uuid        PRIMARY KEY,
    concert_id   uuid        NOT NULL,
    user_id      uuid        NOT NULL,
    over_at      timestamptz NOT NULL,
    outcome      text COLLATE "C" NOT NULL CHECK (outcome IN ('spent', 'given_up'))
);

-- The board loads those of the last hours.
CREATE INDEX admissions_over_at ON admissions (over_at);
