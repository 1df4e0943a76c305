package main

import (
	"bytes"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

// patience bounds every wait for a process.
const patience = time.Minute

// process is a server that runs as the program does.
type process struct {
	t              *testing.T
	command        *exec.Cmd
	base           string
	stdout, stderr lines
	ended          bool
}

// launch starts the program on a free port and returns when it is ready.
func launch(t *testing.T, s settings, arguments ...string) *process {
	t.Helper()
	address := freeAddress(t)
	p := &process{t: t, command: program(s, arguments...), base: "http://" + address}
	p.command.Env = append(p.command.Env, "HOLDFAST_LISTEN="+address)
	p.command.Stdout, p.command.Stderr = &p.stdout, &p.stderr
	require.NoError(t, p.command.Start())
	t.Cleanup(func() {
		if !p.ended {
			p.stop(syscall.SIGTERM)
		}
	})
	require.Eventually(t, func() bool { return p.status("/readyz") == http.StatusOK }, patience, 20*time.Millisecond)
	return p
}

// stop asks the process to end, and requires that it does so in order.
func (p *process) stop(sig syscall.Signal) {
	p.t.Helper()
	p.ended = true
	require.NoError(p.t, p.command.Process.Signal(sig))
	require.NoError(p.t, p.command.Wait(), "%s", &p.stderr)
}

// status is the status that a path answers with, 0 if it does not answer.
func (p *process) status(path string) int {
	response, err := http.Get(p.base + path)
	if err != nil {
		return 0
	}
	defer func() { _ = response.Body.Close() }()
	return response.StatusCode
}

// ask sends a request that must be answered with a status, and returns the
// answer's body.
func (p *process) ask(status int, method, path, bearer string, body any) map[string]any {
	p.t.Helper()
	got, text := p.send(method, path, bearer, body)
	require.Equal(p.t, status, got, "%s %s: %s", method, path, text)
	var answer map[string]any
	require.NoError(p.t, json.Unmarshal(text, &answer))
	return answer
}

func (p *process) send(method, path, bearer string, body any) (int, []byte) {
	p.t.Helper()
	var content io.Reader = http.NoBody
	if body != nil {
		text, err := json.Marshal(body)
		require.NoError(p.t, err)
		content = bytes.NewReader(text)
	}
	request, err := http.NewRequestWithContext(p.t.Context(), method, p.base+path, content)
	require.NoError(p.t, err)
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Idempotency-Key", uuid.NewString())
	if bearer != "" {
		request.Header.Set("Authorization", "Bearer "+bearer)
	}
	response, err := http.DefaultClient.Do(request)
	require.NoError(p.t, err)
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	require.NoError(p.t, err)
	return response.StatusCode, text
}

// text returns a member of an answer that is a string, else "".
func text(answer map[string]any, name string) string {
	value, _ := answer[name].(string)
	return value
}

// list returns a member of an answer that is a list of objects.
func list(answer map[string]any, name string) []map[string]any {
	values, _ := answer[name].([]any)
	objects := make([]map[string]any, len(values))
	for i, value := range values {
		objects[i], _ = value.(map[string]any)
	}
	return objects
}

func freeAddress(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { require.NoError(t, listener.Close()) }()
	return listener.Addr().String()
}

// lines collects what a process writes.
type lines struct {
	mu   sync.Mutex
	text strings.Builder
}

// Write implements io.Writer.
func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

// String returns everything so far.
func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}
