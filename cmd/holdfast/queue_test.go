package main

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/domain"
	"github.com/holdfast-dev/holdfast/internal/pgtest"
	"github.com/holdfast-dev/holdfast/internal/redistest"
	"github.com/holdfast-dev/holdfast/waitingroom"
)

const (
	queuedConcert = "0197d9a0-5b1c-7a3e-8f10-2d4b6c8e0a12"
	announcement  = `
INSERT INTO holdfast.events (position, version, recorded_at, stream, type, payload, metadata) VALUES
(1, 1, '2026-11-02T10:00:00Z', 'concert-` + queuedConcert + `', 'concert.announced.v1',
 '{"concertId":"` + queuedConcert + `","title":"Norma","venue":"Hall","currency":"EUR","queue":{"capacity":2,"sessionSeconds":600}}', '{}')`
)

func TestQueueIsSteeredFromTheCommandLine(t *testing.T) {
	t.Parallel()
	databaseURL, server := pgtest.New(t), redistest.New(t)
	execute(t, databaseURL, announcement)
	s := settings{"DATABASE_URL": databaseURL, "REDIS_URL": server.URL()}
	queue := func(arguments ...string) shownRoom {
		t.Helper()
		got := runProgram(t, s, append(append([]string{"queue"}, arguments...), "--json")...)
		require.Equal(t, exitOK, got.code, got.stderr)
		var room shownRoom
		require.NoError(t, json.Unmarshal([]byte(got.stdout), &room), got.stdout)
		return room
	}
	got := runProgram(t, s, "queue", "status")
	require.Equal(t, exitOK, got.code, got.stderr)
	require.Equal(t, "concert  capacity  session  inside  called  waiting  serving  per minute  queue\n", got.stdout)

	room := queue("set", queuedConcert, "--capacity", "300")
	require.Equal(t, int64(300), room.Capacity)
	require.Equal(t, int64(600), room.SessionSeconds, "what is not given stays as it was announced")
	require.True(t, room.Reachable)
	require.Equal(t, int64(90), queue("set", queuedConcert, "--session", "90s").SessionSeconds)
	require.Equal(t, waitingroom.ByOperator, queue("close", queuedConcert).Closure)
	room = queue("open", queuedConcert)
	require.False(t, room.Closed)
	require.Equal(t, int64(300), room.Capacity)

	server.Kill()
	room = queue("set", queuedConcert, "--capacity", "0")
	require.False(t, room.Reachable)
	require.Zero(t, room.Capacity, "kept, and brought to Redis when it is back")
	server.Restart()
	require.True(t, queue("status").Reachable)
	got = runProgram(t, s, "queue", "status")
	// The rate depends on how long the room has been back.
	require.Regexp(t, queuedConcert+`  0         1m30s    0       0       0        0        \d+\.\d +open\n`, got.stdout)
}

func TestQueueOfNoConcert(t *testing.T) {
	t.Parallel()
	s := settings{"DATABASE_URL": pgtest.New(t), "REDIS_URL": "redis://127.0.0.1:1"}
	for _, arguments := range [][]string{{"set", queuedConcert, "--capacity", "1"}, {"close", queuedConcert}, {"open", queuedConcert}} {
		got := runProgram(t, s, append([]string{"queue"}, arguments...)...)
		require.Equal(t, exitFault, got.code)
		require.Contains(t, got.stderr, "there is no concert "+queuedConcert)
		require.Empty(t, got.stdout)
	}
}

func TestQueueRefusesNonsense(t *testing.T) {
	t.Parallel()
	s := settings{"DATABASE_URL": "postgres://db/x", "REDIS_URL": "redis://cache"}
	for says, arguments := range map[string][]string{
		"is not the id of a concert":          {"close", "Norma"},
		"give --capacity, --session, or both": {"set", queuedConcert},
		"--capacity must be 0 to 1000000":     {"set", queuedConcert, "--capacity=-1"},
		"--session must be whole seconds":     {"set", queuedConcert, "--session", "1500ms"},
		`"01" is not the id of a concert`:     {"open", "01"},
	} {
		got := runProgram(t, s, append([]string{"queue"}, arguments...)...)
		require.Equal(t, exitUsage, got.code, got.stderr)
		require.Contains(t, got.stderr, says)
	}
}

func TestQueuesAreShownInWords(t *testing.T) {
	t.Parallel()
	for want, status := range map[string]waitingroom.Status{
		"open":                  {Reachable: true},
		"sold out":              {Reachable: true, Closure: waitingroom.SoldOut},
		"closed, Redis is away": {Closure: waitingroom.ByOperator},
	} {
		require.Equal(t, want, queueWord(status))
	}
	require.Equal(t, domain.ConcertID("x"), shown(waitingroom.Status{ConcertID: "x"}).ConcertID)
}
