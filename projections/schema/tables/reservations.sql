-- What became of each hold.

CREATE TABLE reservations (
    reservation_id uuid        PRIMARY KEY,
    user_id        uuid        NOT NULL,
    concert_id     uuid        NOT NULL,
    performance_id uuid        NOT NULL,
    -- The payment that confirmed it, and only then.
    payment_id     uuid,
    -- The hold's place in the log: a user's list is in its order.
    position       bigint      NOT NULL,
    -- The end that the hold has, or had, by the store's clock. A reservation
    -- that stands as held after it is answered as expired.
    expires_at     timestamptz NOT NULL,
    price          bigint      NOT NULL CHECK (price >= 0),
    -- On the calendar of the performance's time zone.
    local_date     date        NOT NULL,
    seats          integer[]   NOT NULL CHECK (cardinality(seats) > 0),
    state          text COLLATE "C" NOT NULL CHECK (state IN ('held', 'confirmed', 'cancelled', 'expired')),
    CHECK ((state = 'confirmed') = (payment_id IS NOT NULL))
) WITH (
    -- Each row is changed once, from held to what it became.
    fillfactor = 80
);

-- One user's reservations, the latest first.
CREATE INDEX reservations_user ON reservations (user_id, position DESC);

-- What the sweeper asks: holds whose end has passed. Only holds are in it, so
-- it stays as small as the sale is busy.
CREATE INDEX reservations_due ON reservations (expires_at) WHERE state = 'held';
