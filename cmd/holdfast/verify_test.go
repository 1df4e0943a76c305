package main

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/internal/pgtest"
)

// aWallet is a log with two charges, as a command records them.
const aWallet = `
INSERT INTO holdfast.events (position, version, recorded_at, stream, type, payload, metadata) VALUES
(1, 1, '2026-11-02T10:00:00Z', 'wallet-u1', 'wallet.charged.v1', '{"chargeId":"c1","userId":"u1","amount":1500,"balance":1500}', '{}'),
(2, 2, '2026-11-02T11:00:00Z', 'wallet-u1', 'wallet.charged.v1', '{"chargeId":"c2","userId":"u1","amount":500,"balance":2000}', '{}')`

func TestVerifyASoundLog(t *testing.T) {
	t.Parallel()
	databaseURL := pgtest.New(t)
	execute(t, databaseURL, aWallet)
	s := settings{"DATABASE_URL": databaseURL}

	got := runProgram(t, s, "verify")
	require.Equal(t, exitOK, got.code, got.stderr)
	require.Contains(t, got.stdout, "events        2 in 1 streams\n")
	require.Contains(t, got.stdout, "recorded      2026-11-02T10:00:00Z to 2026-11-02T11:00:00Z\n")
	require.Contains(t, got.stdout, "money in      2,000 in 2 charges\n")
	require.Contains(t, got.stdout, "The log is sound")
	require.Contains(t, got.stderr, "verify: 2 of 2 events (100 %)")

	got = runProgram(t, s, "verify", "--json", "--progress", "none")
	require.Equal(t, exitOK, got.code)
	require.Empty(t, got.stderr)
	var said map[string]any
	require.NoError(t, json.Unmarshal([]byte(got.stdout), &said))
	require.Equal(t, true, said["sound"])
	require.InDelta(t, 2000, said["balance"], 0)
	require.NotContains(t, said, "broken")
}

func TestVerifyNamesTheEventThatBreaksARule(t *testing.T) {
	t.Parallel()
	databaseURL := pgtest.New(t)
	execute(t, databaseURL, aWallet)
	execute(t, databaseURL, `UPDATE holdfast.events SET payload = '{"chargeId":"c2","userId":"u1","amount":500,"balance":2001}' WHERE position = 2`)
	defer execute(t, databaseURL, `TRUNCATE holdfast.events`)
	s := settings{"DATABASE_URL": databaseURL, "HOLDFAST_PROGRESS": "none"}

	got := runProgram(t, s, "verify")
	require.Equal(t, exitFault, got.code)
	require.Empty(t, got.stdout)
	require.Equal(t, `holdfast: log breaks the rule "a balance is the sum of its entries and never negative" `+
		`at position 2 (wallet.charged.v1 of stream wallet-u1, version 2): balance is 2001 after 1500 and an amount of 500, expected 2000`+
		"\nSee what led to it with: holdfast events stream wallet-u1\n", got.stderr)

	got = runProgram(t, s, "verify", "--json")
	require.Equal(t, exitFault, got.code)
	var said verdict
	require.NoError(t, json.Unmarshal([]byte(got.stdout), &said))
	require.False(t, said.Sound)
	require.EqualValues(t, 2, said.Broken.Position)
	require.Equal(t, "wallet-u1", said.Broken.Stream)
}

func TestVerifyNeedsALog(t *testing.T) {
	t.Parallel()
	databaseURL := pgtest.New(t)
	execute(t, databaseURL, `ALTER SCHEMA holdfast RENAME TO elsewhere`)
	defer execute(t, databaseURL, `ALTER SCHEMA elsewhere RENAME TO holdfast`)
	got := runProgram(t, settings{"DATABASE_URL": databaseURL}, "verify")
	require.Equal(t, exitFault, got.code)
	require.Contains(t, got.stderr, "the database is not prepared: run holdfast migrate")

	got = runProgram(t, nil, "verify")
	require.Equal(t, exitUsage, got.code)
	require.Contains(t, got.stderr, "DATABASE_URL (--database-url) is not set")
}
