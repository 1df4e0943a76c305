-- Payments: what was bought, for how much, when.

CREATE TABLE payments (
    payment_id     uuid        PRIMARY KEY,
    -- A reservation is paid once.
    reservation_id uuid        NOT NULL UNIQUE,
    user_id        uuid        NOT NULL,
    performance_id uuid        NOT NULL,
    position       bigint      NOT NULL,
    paid_at        timestamptz NOT NULL,
    amount         bigint      NOT NULL CHECK (amount >= 0),
    -- What the payment left in the wallet.
    balance        bigint      NOT NULL CHECK (balance >= 0),
    seats          integer[]   NOT NULL CHECK (cardinality(seats) > 0)
);

-- One user's payments, the latest first.
CREATE INDEX payments_user ON payments (user_id, position DESC);
