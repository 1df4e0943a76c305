package main

import (
	"encoding/json"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// refused waits until a token opens nothing any more.
func (p *process) refused(path, token string) {
	p.t.Helper()
	require.Eventually(p.t, func() bool {
		status, _ := p.send("GET", path, token, nil)
		return status == http.StatusUnauthorized
	}, patience, 20*time.Millisecond, path)
}

func TestAForgottenUser(t *testing.T) {
	t.Parallel()
	s := services(t)
	first, second := launch(t, s, "serve"), launch(t, s, "serve")
	admin := strings.TrimSpace(runProgram(t, s, "token", "admin", "--scope", "concert:write,events:read").stdout)
	concert := first.sell(admin)
	user := first.ask(201, "POST", "/v1/users", "", nil)
	id, access := text(user, "userId"), text(user, "accessToken")
	first.ask(201, "POST", "/v1/users/"+id+"/wallet/charges", access, map[string]any{"amount": 5})
	turn := first.join(concert, access)

	got := runProgram(t, s, "users", "forget", id)
	require.Equal(t, exitFault, got.code)
	require.Contains(t, got.stderr, "conflict: The wallet of user "+id+" holds 5. Give it back first, or say that it is abandoned.")
	first.ask(200, "GET", "/v1/users/"+id+"/wallet", access, nil)

	got = runProgram(t, s, "users", "forget", id, "--abandon-balance", "--json")
	require.Equal(t, exitOK, got.code, got.stderr)
	var done struct{ UserID, Pseudonym string }
	require.NoError(t, json.Unmarshal([]byte(got.stdout), &done))
	require.Equal(t, id, done.UserID)
	for _, p := range []*process{first, second} {
		p.refused("/v1/users/"+id+"/wallet", access)
		p.refused("/v1/queue", turn)
		_, events := p.send("GET", "/v1/admin/events?limit=1000", admin, nil)
		require.NotContains(t, string(events), id)
		require.Contains(t, string(events), `"stream":"wallet-`+done.Pseudonym)
		require.Contains(t, string(events), `user:`+done.Pseudonym)
	}
	first.stop(syscall.SIGTERM)
	second.stop(syscall.SIGTERM)

	third := launch(t, s, "serve")
	third.refused("/v1/users/"+id+"/wallet", access)
	got = runProgram(t, s, "users", "forget", id)
	require.Equal(t, exitFault, got.code)
	require.Contains(t, got.stderr, "was forgotten before")
	const nobody = "01a20a79-c299-783a-b8e0-d29ad58ae9cf"
	got = runProgram(t, s, "users", "forget", nobody)
	require.Equal(t, exitFault, got.code)
	require.Contains(t, got.stderr, "the log has no reservation and no wallet of user "+nobody)
	got = runProgram(t, s, "users", "forget", nobody, "--unseen")
	require.Equal(t, exitOK, got.code, got.stderr)
	require.Equal(t, exitOK, runProgram(t, s, "verify").code)
	third.stop(syscall.SIGTERM)
}
