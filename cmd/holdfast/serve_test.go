package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/internal/pgtest"
	"github.com/holdfast-dev/holdfast/internal/redistest"
)

// services are the settings of a server on stores of its own.
func services(t *testing.T) settings {
	t.Helper()
	s := settings{
		"DATABASE_URL":         pgtest.New(t),
		"REDIS_URL":            redistest.New(t).URL(),
		"HOLDFAST_SIGNING_KEY": secret,
		// The server of the tests runs without fsync.
		"HOLDFAST_ALLOW_UNSAFE_DATABASE": "true",
	}
	require.Equal(t, outcome{stdout: "The database is current.\n"}, runProgram(t, s, "migrate"))
	return s
}

// sell announces a concert for one user at a time and sells one of its seats.
// It returns the concert's id.
func (p *process) sell(admin string) string {
	p.t.Helper()
	concert := text(p.ask(201, "POST", "/v1/admin/concerts", admin, map[string]any{
		"title": "Test", "venue": "Hall", "currency": "EUR", "queue": map[string]any{"capacity": 1, "sessionSeconds": 600},
	}), "concertId")
	performance := text(p.ask(201, "POST", "/v1/admin/concerts/"+concert+"/performances", admin, map[string]any{
		"startsAt": time.Now().Add(100 * time.Hour).UTC().Format(time.RFC3339), "timeZone": "Europe/Berlin",
		"seats": map[string]any{"count": 5, "price": 4900},
	}), "performanceId")
	user := p.ask(201, "POST", "/v1/users", "", nil)
	turn := p.join(concert, text(user, "accessToken"))
	held := p.ask(201, "POST", "/v1/reservations", turn, map[string]any{"performanceId": performance, "seats": []int{3}})
	p.ask(201, "POST", "/v1/users/"+text(user, "userId")+"/wallet/charges", text(user, "accessToken"), map[string]any{"amount": 4900})
	paid := p.ask(201, "POST", "/v1/payments", turn, map[string]any{"reservationId": text(held, "reservationId")})
	require.InDelta(p.t, 0, paid["balance"], 0)
	return concert
}

// draw draws a place in a concert's queue and returns its token.
func (p *process) draw(concert, access string) string {
	p.t.Helper()
	var place struct{ Token string }
	require.EventuallyWithT(p.t, func(c *assert.CollectT) {
		status, text := p.send("POST", "/v1/concerts/"+concert+"/queue-tokens", access, nil)
		// The read model may not show the concert yet.
		require.Equal(c, http.StatusCreated, status, "%s", text)
		require.NoError(c, json.Unmarshal(text, &place))
	}, patience, 100*time.Millisecond)
	return place.Token
}

// join draws a place and returns its token once it is the user's turn.
func (p *process) join(concert, access string) (turn string) {
	p.t.Helper()
	state := struct{ State, Token string }{Token: p.draw(concert, access)}
	require.EventuallyWithT(p.t, func(c *assert.CollectT) {
		_, text := p.send("GET", "/v1/queue", state.Token, nil)
		require.NoError(c, json.Unmarshal(text, &state))
		require.Equal(c, "admitted", state.State, "%s", text)
	}, patience, 20*time.Millisecond)
	return state.Token
}

func TestServeSellsASeatAndLetsTheNextOneIn(t *testing.T) {
	t.Parallel()
	s := services(t)
	p := launch(t, s, "serve")
	admin := strings.TrimSpace(runProgram(t, s, "token", "admin", "--scope", "concert:write,events:read").stdout)
	concert := p.sell(admin)

	// The payment ends the session, though it had ten minutes to go and the
	// room takes one user at a time.
	next := strings.TrimSpace(runProgram(t, s, "token", "user").stdout)
	p.join(concert, next)

	status := p.ask(200, "GET", "/v1/admin/status", admin, nil)
	var followers []string
	for _, follower := range list(status, "followers") {
		followers = append(followers, text(follower, "name"))
	}
	require.Equal(t, []string{"board", "sales", "reservations", "wallets", "payments", "reactor end_sessions"}, followers)
	first := list(p.ask(200, "GET", "/v1/admin/events?limit=1", admin, nil), "events")[0]
	require.Equal(t, "concert.announced.v1", first["type"])
	require.Greater(t, status["head"], first["position"])

	_, metrics := p.send("GET", "/metrics", "", nil)
	for _, name := range []string{
		"holdfast_append_group_commands_count", `holdfast_projection_lag_events{projection="sales"}`, "holdfast_commands_total",
		`holdfast_database_connections{pool="append",state="idle"}`, "go_goroutines", "process_open_fds",
		`holdfast_waitingroom_people{concert="` + concert + `",state="active"} 1`, "holdfast_waitingroom_joins_total",
	} {
		require.Contains(t, string(metrics), name)
	}

	p.stop(syscall.SIGTERM)
	require.Contains(t, p.stderr.String(), `"msg":"serving"`)
	require.Contains(t, p.stderr.String(), `"msg":"stopped"`)
	require.NotContains(t, p.stderr.String(), `"level":"WARN"`)
	require.NotContains(t, p.stderr.String(), `"level":"ERROR"`)
	require.NotContains(t, p.stderr.String(), secret)
	require.Empty(t, p.stdout.String())
}

func TestServeGoesOnWithoutRedisAndSaysSo(t *testing.T) {
	t.Parallel()
	s := services(t)
	cache := redistest.New(t)
	s["REDIS_URL"] = cache.URL()
	p := launch(t, s, "serve")
	admin := strings.TrimSpace(runProgram(t, s, "token", "admin", "--scope", "concert:write").stdout)
	concert := p.sell(admin)

	cache.Kill()
	require.Equal(t, http.StatusOK, p.status("/readyz"), "whoever is admitted goes on buying")
	access := text(p.ask(201, "POST", "/v1/users", "", nil), "accessToken")
	problem := p.ask(503, "POST", "/v1/concerts/"+concert+"/queue-tokens", access, nil)
	require.Equal(t, "queue_unavailable", problem["code"])
	_, metrics := p.send("GET", "/metrics", "", nil)
	require.Contains(t, string(metrics), `holdfast_waitingroom_reachable{concert="`+concert+`"} 0`)
	require.NotContains(t, string(metrics), "holdfast_waitingroom_people{", "unknown is not zero")
	cache.Restart()
	p.draw(concert, access)
}

// A request whose body has not come yet is under way: the server waits for it
// after SIGTERM, while it takes no others.
func TestServeFinishesWhatIsUnderWay(t *testing.T) {
	t.Parallel()
	s := services(t)
	p := launch(t, s, "serve")
	access := strings.TrimSpace(runProgram(t, s, "token", "user", "01a20a79-c299-783a-b8e0-d29ad58ae9cf").stdout)
	address := strings.TrimPrefix(p.base, "http://")
	connection, err := net.Dial("tcp", address)
	require.NoError(t, err)
	defer func() { _ = connection.Close() }()
	_, err = fmt.Fprintf(connection, "POST /v1/users/01a20a79-c299-783a-b8e0-d29ad58ae9cf/wallet/charges HTTP/1.1\r\nHost: x\r\n"+
		"Authorization: Bearer %s\r\nIdempotency-Key: slow\r\nContent-Type: application/json\r\nContent-Length: 12\r\n"+
		"Expect: 100-continue\r\n\r\n", access)
	require.NoError(t, err)
	answers := bufio.NewReader(connection)
	proceed, err := answers.ReadString('\n')
	require.NoError(t, err)
	require.Equal(t, "HTTP/1.1 100 Continue\r\n", proceed, "the handler waits for the body")

	require.NoError(t, p.command.Process.Signal(syscall.SIGTERM))
	require.Eventually(t, func() bool { return p.status("/healthz") == 0 }, patience, 5*time.Millisecond)
	_, err = fmt.Fprint(connection, `{"amount":1}`)
	require.NoError(t, err)
	_, err = answers.ReadString('\n') // the end of the 100
	require.NoError(t, err)
	response, err := http.ReadResponse(answers, nil)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	require.Equal(t, http.StatusCreated, response.StatusCode)
	p.ended = true
	require.NoError(t, p.command.Wait(), "%s", &p.stderr)
}

func TestServeRefusesWhatItCannotStandOn(t *testing.T) {
	t.Parallel()
	database := pgtest.New(t)
	execute(t, database, `DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET synchronous_commit = off', current_database()); END $$`)
	s := settings{"DATABASE_URL": database, "REDIS_URL": "redis://127.0.0.1:1", "HOLDFAST_SIGNING_KEY": secret}

	got := runProgram(t, s, "serve")
	require.Equal(t, exitFault, got.code)
	require.Contains(t, got.stderr, "or say that this database is thrown away (HOLDFAST_ALLOW_UNSAFE_DATABASE=true)")

	s["HOLDFAST_ALLOW_UNSAFE_DATABASE"] = "true"
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { require.NoError(t, taken.Close()) }()
	s["HOLDFAST_LISTEN"] = taken.Addr().String()
	got = runProgram(t, s, "serve")
	require.Equal(t, exitFault, got.code)
	require.Contains(t, got.stderr, "address already in use: choose another address with HOLDFAST_LISTEN")

	s["DATABASE_URL"] = "postgres://nobody@127.0.0.1:1/x"
	got = runProgram(t, s, "serve")
	require.Equal(t, exitFault, got.code)
	require.Contains(t, got.stderr, "connection refused")
}

func TestServeOnADatabaseThatIsNotPrepared(t *testing.T) {
	t.Parallel()
	database := pgtest.New(t)
	execute(t, database, `DROP SCHEMA holdfast_read CASCADE`)

	s := settings{
		"DATABASE_URL": database, "REDIS_URL": "redis://127.0.0.1:1", "HOLDFAST_SIGNING_KEY": secret,
		"HOLDFAST_ALLOW_UNSAFE_DATABASE": "true",
	}
	got := runProgram(t, s, "serve")
	require.Equal(t, exitFault, got.code)
	require.Contains(t, got.stderr, "the database is not prepared: run holdfast migrate: ")
}

// execute runs a statement on a connection of its own.
func execute(t *testing.T, database, sql string) {
	t.Helper()
	connection, err := pgx.Connect(t.Context(), database)
	require.NoError(t, err)
	_, err = connection.Exec(t.Context(), sql)
	require.NoError(t, err)
	require.NoError(t, connection.Close(t.Context()))
}
