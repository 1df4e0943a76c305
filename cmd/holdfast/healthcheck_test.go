package main

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestHealthcheckAsksTheServer(t *testing.T) {
	t.Parallel()
	var unready atomic.Bool
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/readyz" && unready.Load() {
			w.WriteHeader(http.StatusServiceUnavailable)
			_, _ = w.Write([]byte(`{"status":"unready","missing":["postgres"]}` + "\n"))
			return
		}
		_, _ = w.Write([]byte(r.URL.Path + "\n")) //nolint:gosec // no browser reads it
	}))
	t.Cleanup(server.Close)
	address := strings.TrimPrefix(server.URL, "http://")
	_, port, _ := strings.Cut(address, ":")

	require.Equal(t, outcome{stdout: "/readyz\n"}, runProgram(t, settings{"HOLDFAST_LISTEN": address}, "healthcheck"))
	require.Equal(t, outcome{stdout: "/healthz\n"}, runProgram(t, nil, "healthcheck", "--live", "--listen=0.0.0.0:"+port))

	unready.Store(true)
	require.Equal(t, outcome{code: exitFault, stderr: `holdfast: /readyz answered 503 Service Unavailable: {"status":"unready","missing":["postgres"]}` + "\n"},
		runProgram(t, settings{"HOLDFAST_LISTEN": ":" + port}, "healthcheck"))
	server.Close()
	got := runProgram(t, settings{"HOLDFAST_LISTEN": address}, "healthcheck")
	require.Equal(t, exitFault, got.code)
	require.Contains(t, got.stderr, "no server answers on 127.0.0.1:")
	require.Contains(t, got.stderr, "connection refused")
}

func TestHealthcheckDoesNotWaitForEver(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }))
	t.Cleanup(server.Close)
	address := strings.TrimPrefix(server.URL, "http://")
	require.Equal(t, outcome{code: exitFault, stderr: "holdfast: " + address + " did not answer /readyz within 20ms\n"},
		runProgram(t, nil, "healthcheck", "--listen="+address, "--within=20ms"))
}

func TestHealthcheckAsksOnTheLoopbackInterface(t *testing.T) {
	t.Parallel()
	for listen, want := range map[string]string{
		":8080": "127.0.0.1:8080", "0.0.0.0:80": "127.0.0.1:80", "[::]:80": "[::1]:80", "10.0.0.7:80": "10.0.0.7:80", "db:80": "db:80",
	} {
		address, err := healthCommand{Listen: listen}.address()
		require.NoError(t, err)
		require.Equal(t, want, address)
	}
	got := runProgram(t, nil, "healthcheck", "--listen=8080")
	require.Equal(t, exitUsage, got.code)
	require.Contains(t, got.stderr, `"8080" is not HOST:PORT`)
}
