-- What is decided about a room from outside while it runs. Postgres decides,
-- Redis is told; the revision says whether it has been.

-- +goose Up

ALTER TABLE holdfast_waiting.rooms
    -- Goes up with every change of the settings and of what closes the queue.
    -- Redis takes a change only if it is later than what it has, so changes
    -- that overtake each other on the way end as they were decided.
    ADD COLUMN revision bigint NOT NULL DEFAULT 0 CHECK (revision >= 0),
    -- The most seats that any instance has known on sale, and the most that
    -- any has known to be all sold. Both only grow, whoever writes and in
    -- whatever order, so an instance that is behind cannot undo what another
    -- one knows: the concert is sold out exactly while they are equal.
    ADD COLUMN seats    bigint NOT NULL DEFAULT 0,
    ADD COLUMN sold_out bigint NOT NULL DEFAULT 0,
    ADD CHECK (0 <= sold_out AND sold_out <= seats);

COMMENT ON COLUMN holdfast_waiting.rooms.closed_at IS
    'Set while an operator keeps the queue closed; sold_out closes it too.';
