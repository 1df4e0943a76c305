-- Several builds of one projection: beside the live one another can be made,
-- and the former one can be kept. A build's place is its schema; the schemas
-- are created with this one.

-- +goose Up

ALTER TABLE holdfast_read.checkpoints
    -- 'copy' while the build is copied from the log into tables that lack what
    -- withheld makes; 'follow' once ordinary steps can go on.
    ADD COLUMN phase    text COLLATE "C" NOT NULL DEFAULT 'follow' CHECK (phase IN ('copy', 'follow')),
    -- The tables of the build. Another version of the program may have others;
    -- empty means those of version 1, which were made before this column.
    ADD COLUMN tables   text[]      NOT NULL DEFAULT '{}',
    -- The statements that make the indexes and keys which a copy is made without.
    ADD COLUMN withheld text[]      NOT NULL DEFAULT '{}',
    -- An operator took the build out of use: no server swaps it in by itself.
    ADD COLUMN set_aside boolean    NOT NULL DEFAULT false,
    ADD COLUMN made_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    -- The latest digest of the build's rows, at which position, and when.
    ADD COLUMN digest          text,
    ADD COLUMN digest_position bigint,
    ADD COLUMN digest_at       timestamptz,
    ADD CHECK ((phase = 'copy') = (cardinality(withheld) > 0)),
    ADD CHECK ((digest IS NULL) = (digest_at IS NULL) AND (digest IS NULL) = (digest_position IS NULL));

-- Which versions of the projections running programs answer from. What is in
-- use is not dropped.
CREATE TABLE holdfast_read.programs (
    projection text COLLATE "C" NOT NULL,
    version    integer     NOT NULL,
    seen_at    timestamptz NOT NULL,
    PRIMARY KEY (projection, version)
) WITH (fillfactor = 20);

-- +goose Down

DROP TABLE holdfast_read.programs;
ALTER TABLE holdfast_read.checkpoints
    DROP COLUMN phase, DROP COLUMN tables, DROP COLUMN withheld, DROP COLUMN set_aside,
    DROP COLUMN made_at, DROP COLUMN digest, DROP COLUMN digest_position, DROP COLUMN digest_at;
