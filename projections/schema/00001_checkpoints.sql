-- What every read model needs. The tables of each read model belong to its
-- projection (schema/tables), because they are built more than once and beside
-- each other. Everything here can be dropped and built again from the log.

-- +goose Up

-- How far each build of each projection has come. A row is written in the same
-- transaction as the rows that it stands for, and its lock is what makes one
-- worker of many.
CREATE TABLE holdfast_read.checkpoints (
    projection text COLLATE "C" NOT NULL CHECK (projection <> ''),
    -- The schema in which this build's tables stand.
    place      text COLLATE "C" NOT NULL CHECK (place <> ''),
    -- The version of the projection that built them.
    version    integer     NOT NULL CHECK (version > 0),
    -- Position of the last event that is in the tables, 0 for none.
    position   bigint      NOT NULL DEFAULT 0 CHECK (position >= 0),
    -- When that event was recorded.
    event_at   timestamptz,
    -- When the checkpoint moved last.
    updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    -- The event after position, if the projection cannot get past it, and why.
    stopped    text,
    stopped_at timestamptz,
    CHECK ((stopped IS NULL) = (stopped_at IS NULL)),
    PRIMARY KEY (projection, place)
) WITH (
    -- A handful of rows, each changed many times a second: room on the page
    -- lets every change stay on it, without touching the index.
    fillfactor = 20
);

-- +goose Down

DROP TABLE holdfast_read.checkpoints;
