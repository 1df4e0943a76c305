package main

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/doctor"
	"github.com/holdfast-dev/holdfast/internal/pgtest"
)

func TestDoctor(t *testing.T) {
	t.Parallel()
	s := settings{"DATABASE_URL": pgtest.New(t)}
	got := runProgram(t, s, "doctor")
	// The tests' server is a throw-away one, which is a fault.
	require.Equal(t, exitFault, got.code)
	require.Equal(t, "holdfast: there are faults\n", got.stderr)
	require.Contains(t, got.stdout, "FAULT  durability    fsync, full_page_writes switched off")
	require.Contains(t, got.stdout, "                     → switch on what is off")
	require.Contains(t, got.stdout, "ok     indexes       every index of the log is there and valid\n")

	got = runProgram(t, s, "doctor", "--json")
	require.Equal(t, exitFault, got.code)
	var findings []doctor.Finding
	require.NoError(t, json.Unmarshal([]byte(got.stdout), &findings))
	require.Equal(t, "durability", findings[0].Check)
	require.Equal(t, doctor.Fault, findings[0].Severity)
}

func TestDoctorNeedsADatabase(t *testing.T) {
	t.Parallel()
	got := runProgram(t, settings{"DATABASE_URL": "postgres://127.0.0.1:1/none"}, "doctor")
	require.Equal(t, exitFault, got.code)
	require.Contains(t, got.stderr, "the database cannot be reached")

	got = runProgram(t, settings{"DATABASE_URL": "postgres://db/x", "REDIS_URL": "cache:1"}, "doctor")
	require.Equal(t, exitUsage, got.code)
	require.Contains(t, got.stderr, "REDIS_URL (--redis-url) is not an address")
}
