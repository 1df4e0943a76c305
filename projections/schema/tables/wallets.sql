-- Balances and the entries that they add up to.

CREATE TABLE wallets (
    user_id  uuid   PRIMARY KEY,
    balance  bigint NOT NULL CHECK (balance >= 0),
    -- Position of the last entry.
    position bigint NOT NULL
) WITH (
    -- The balance moves with every entry and is in no index.
    fillfactor = 80
);

CREATE TABLE wallet_entries (
    user_id  uuid        NOT NULL,
    position bigint      NOT NULL,
    -- The charge or the payment that made the entry.
    entry_id uuid        NOT NULL,
    amount   bigint      NOT NULL CHECK (amount >= 0),
    -- What the wallet held after it.
    balance  bigint      NOT NULL CHECK (balance >= 0),
    at       timestamptz NOT NULL,
    kind     text COLLATE "C" NOT NULL CHECK (kind IN ('charge', 'payment')),
    -- Pages of one user's entries, the latest first, are a range of this key.
    PRIMARY KEY (user_id, position)
);
