package main

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/doctor"
	"github.com/holdfast-dev/holdfast/internal/pgtest"
	"github.com/holdfast-dev/holdfast/projections"
)

func TestDoctor(t *testing.T) {
	t.Parallel()
	s := settings{"DATABASE_URL": pgtest.New(t)}
	got := runProgram(t, s, "doctor")
	// The tests' server is a throw-away one, which is a fault.
	require.Equal(t, exitFault, got.code)
	require.Equal(t, "holdfast: there are faults\n", got.stderr)
	require.Contains(t, got.stdout, "FAULT    durability    fsync, full_page_writes switched off")
	require.Contains(t, got.stdout, "                     → switch on what is off")
	require.Contains(t, got.stdout, "fine     indexes       every index of the log is there and valid\n")

	got = runProgram(t, s, "doctor", "--json")
	require.Equal(t, exitFault, got.code)
	var findings []doctor.Finding
	require.NoError(t, json.Unmarshal([]byte(got.stdout), &findings))
	require.Equal(t, "durability", findings[0].Check)
	require.Equal(t, doctor.Fault, findings[0].Severity)
}

// What the doctor says to do about read models of a log that was restored from
// an older copy puts them right.
func TestWhatTheDoctorAdvisesAfterARestoreWorks(t *testing.T) {
	t.Parallel()
	for name, restore := range map[string]string{
		"beyond the end of the log": cutBack,
		// The same events, recorded an hour later.
		"has grown again": `UPDATE holdfast.events SET recorded_at = recorded_at + interval '1 hour'`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := historyIn(t, 3_000)
			require.Equal(t, exitOK, runProgram(t, s, "projections", "rebuild", "--all", "--swap", "always").code)
			execute(t, s["DATABASE_URL"], restore)
			defer execute(t, s["DATABASE_URL"], `TRUNCATE holdfast.events`) // it is nobody's history any more
			ill := followersSeenIn(t, s)
			require.Len(t, ill, len(projections.All()))
			for _, f := range ill {
				require.Equal(t, doctor.Fault, f.Severity)
				require.Contains(t, f.What, name)
				require.Equal(t, ill[0].Do, f.Do)
			}
			_, advised, _ := strings.Cut(ill[0].Do, ": holdfast ")
			got := runProgram(t, s, strings.Fields(advised)...)
			require.Equal(t, exitOK, got.code, got.stderr)
			well := followersSeenIn(t, s)
			require.Len(t, well, 1)
			require.Equal(t, doctor.Fine, well[0].Severity, well[0].What)
		})
	}
}

func followersSeenIn(t *testing.T, s settings) []doctor.Finding {
	t.Helper()
	var findings []doctor.Finding
	require.NoError(t, json.Unmarshal([]byte(runProgram(t, s, "doctor", "--json").stdout), &findings))
	return slices.DeleteFunc(findings, func(f doctor.Finding) bool { return f.Check != "followers" })
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
