package main

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// launchProxy runs the proxy of the deployments in front of the instances at
// three addresses, and returns what speaks to it.
func launchProxy(t *testing.T, instances ...string) *process {
	t.Helper()
	program, err := exec.LookPath("haproxy")
	if err != nil && os.Getenv("CI") == "" {
		t.Skipf("NO HAPROXY: run scripts/provision haproxy, or install the package: %v", err)
	}
	require.NoError(t, err)
	address, stats := freeAddress(t), freeAddress(t)
	command := exec.Command(program, "-db", "-f", "../../deployments/proxy/haproxy.cfg")
	command.Env = []string{"PROXY_LISTEN=" + address, "STATS_LISTEN=" + stats}
	for i, instance := range instances {
		command.Env = append(command.Env, "HOLDFAST_"+string(rune('1'+i))+"="+instance)
	}
	p := &process{t: t, command: command, base: "http://" + address}
	command.Stdout, command.Stderr = &p.stdout, &p.stderr
	require.NoError(t, command.Start())
	t.Cleanup(func() {
		require.NoError(t, command.Process.Kill())
		_ = command.Wait()
		if t.Failed() {
			t.Log(p.stdout.String(), p.stderr.String())
		}
	})
	require.Eventually(t, func() bool { return p.status("/readyz") == http.StatusOK }, patience, 20*time.Millisecond)
	return p
}

// follow opens a stream and sends the data of its events, until it ends.
func (p *process) follow(path, bearer string) <-chan string {
	p.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	p.t.Cleanup(cancel)
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, p.base+path, http.NoBody)
	require.NoError(p.t, err)
	request.Header.Set("Authorization", "Bearer "+bearer)
	response, err := new(http.Client).Do(request) //nolint:bodyclose // the reader closes it
	require.NoError(p.t, err)
	require.Equal(p.t, http.StatusOK, response.StatusCode)
	events := make(chan string, 1000)
	go func() {
		defer close(events)
		defer func() { _ = response.Body.Close() }()
		for lines := bufio.NewScanner(response.Body); lines.Scan(); {
			if data, is := strings.CutPrefix(lines.Text(), "data: "); is {
				events <- data
			}
		}
	}()
	return events
}

// awaitEvent returns the next event that contains part, and fails if the stream
// ends or says nothing for too long.
func awaitEvent(t *testing.T, events <-chan string, part string) {
	t.Helper()
	overdue := time.After(patience)
	for {
		select {
		case event, open := <-events:
			require.True(t, open, "the stream ended before %s", part)
			if strings.Contains(event, part) {
				return
			}
		case <-overdue:
			require.Fail(t, "no event with "+part)
		}
	}
}

// Three instances behind the proxy: a stream flows while others die, and every
// command that is sent meanwhile is carried out.
func TestProxyKeepsStreamsAliveAndHidesTheLossOfInstances(t *testing.T) {
	t.Parallel()
	s := services(t)
	s["HOLDFAST_MAX_LIVE_HOLDS"] = "100"
	s["HOLDFAST_TRUSTED_PROXIES"] = "127.0.0.1/32"
	var instances []*process
	var addresses []string
	for range 3 {
		p := launch(t, s, "serve")
		instances = append(instances, p)
		addresses = append(addresses, strings.TrimPrefix(p.base, "http://"))
	}
	proxy := launchProxy(t, addresses...)

	admin := strings.TrimSpace(runProgram(t, s, "token", "admin", "--scope", "concert:write").stdout)
	concert := text(proxy.ask(201, "POST", "/v1/admin/concerts", admin, map[string]any{
		"title": "Test", "venue": "Hall", "currency": "EUR", "queue": map[string]any{"capacity": 10, "sessionSeconds": 600},
	}), "concertId")
	performance := text(proxy.ask(201, "POST", "/v1/admin/concerts/"+concert+"/performances", admin, map[string]any{
		"startsAt": time.Now().Add(100 * time.Hour).UTC().Format(time.RFC3339), "timeZone": "Europe/Berlin",
		"seats": map[string]any{"count": 60, "price": 4900},
	}), "performanceId")
	turn := proxy.join(concert, text(proxy.ask(201, "POST", "/v1/users", "", nil), "accessToken"))
	hold := func(seat int) {
		proxy.ask(201, "POST", "/v1/reservations", turn, map[string]any{"performanceId": performance, "seats": []int{seat}})
	}
	path := "/v1/performances/" + performance + "/seats/stream"
	events := proxy.follow(path, turn)
	awaitEvent(t, events, `"number":60`)
	hold(1)
	awaitEvent(t, events, `"number":1,`)

	serving, other := streaming(t, instances)
	for seat := 2; seat <= 20; seat++ {
		if seat == 5 {
			go func() { _ = other.command.Process.Kill() }()
		}
		hold(seat)
		awaitEvent(t, events, `"number":`+jsonOf(t, seat)+`,`)
	}
	_ = other.command.Wait() // it was killed
	other.ended = true

	for seat := 21; seat <= 40; seat++ {
		if seat == 25 {
			require.NoError(t, serving.command.Process.Signal(syscall.SIGTERM))
		}
		hold(seat)
	}
	for range events {
		// Until the stream ends, as the instance that serves it does.
	}
	serving.ended = true
	require.NoError(t, serving.command.Wait(), "%s", &serving.stderr)
	events = proxy.follow(path, turn)
	awaitEvent(t, events, `"number":60`)
	hold(41)
	awaitEvent(t, events, `"number":41,`)
}

// streaming returns the instance that serves the one open stream, and one
// that does not.
func streaming(t *testing.T, instances []*process) (serving, other *process) {
	t.Helper()
	for _, instance := range instances {
		_, metrics := instance.send("GET", "/metrics", "", nil)
		if strings.Contains(string(metrics), "\nholdfast_http_event_streams 1\n") {
			require.Nil(t, serving)
			serving = instance
		} else {
			other = instance
		}
	}
	require.NotNil(t, serving)
	return serving, other
}

func jsonOf(t *testing.T, value any) string {
	t.Helper()
	text, err := json.Marshal(value)
	require.NoError(t, err)
	return string(text)
}

// What the proxy promises that an instance cannot show.
func TestProxySaysWhoAsksAndRepeatsOnlyWhatIsHarmless(t *testing.T) {
	t.Parallel()
	var calls atomic.Int64
	var seen atomic.Pointer[http.Header]
	instance := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/readyz":
			return
		case "/dies":
			if calls.Add(1) == 1 {
				connection, _, err := http.NewResponseController(w).Hijack()
				if err == nil {
					_ = connection.Close()
				}
				return
			}
		}
		header := r.Header.Clone()
		seen.Store(&header)
		_, _ = io.Copy(w, r.Body)
	}))
	t.Cleanup(instance.Close)
	address := strings.TrimPrefix(instance.URL, "http://")
	proxy := launchProxy(t, address, address, address)

	send := func(path, key, body string) (status int, echoed string) {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, proxy.base+path, strings.NewReader(body))
		require.NoError(t, err)
		// On a connection that is kept, HAProxy leaves the repetition to the client.
		request.Close = true
		request.Header.Set("X-Forwarded-For", "203.0.113.9")
		request.Header.Set("Forwarded", "for=203.0.113.9")
		if key != "" {
			request.Header.Set("Idempotency-Key", key)
		}
		response, err := http.DefaultClient.Do(request)
		require.NoError(t, err)
		defer func() { _ = response.Body.Close() }()
		text, err := io.ReadAll(response.Body)
		require.NoError(t, err)
		return response.StatusCode, string(text)
	}
	status, echoed := send("/v1/anything", "", `{"amount":1}`)
	require.Equal(t, http.StatusOK, status)
	require.JSONEq(t, `{"amount":1}`, echoed)
	require.Equal(t, []string{"127.0.0.1"}, seen.Load().Values("X-Forwarded-For"), "nobody can make up an address")
	require.Empty(t, seen.Load().Values("Forwarded"))

	status, echoed = send("/dies", "key", "once more")
	require.Equal(t, http.StatusOK, status)
	require.Equal(t, "once more", echoed)
	require.EqualValues(t, 2, calls.Load())
	calls.Store(0)
	status, _ = send("/dies", "", "never again")
	require.Equal(t, http.StatusBadGateway, status)
	require.EqualValues(t, 1, calls.Load())

	require.Equal(t, http.StatusNotFound, proxy.status("/metrics"))
}
