package main

import (
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestWireReadsTheStatusAndSkipsTheRest(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if r.URL.Path == "/made" {
			w.WriteHeader(http.StatusCreated)
		}
		_, _ = w.Write([]byte(strings.Repeat("x", 1000)))
	}))
	defer server.Close()
	w, err := dialWire(t.Context(), server.Listener.Addr().String())
	require.NoError(t, err)
	defer func() { require.NoError(t, w.close()) }()

	for range 3 {
		status, err := w.do([]byte("GET /made HTTP/1.1\r\nHost: x\r\n\r\n"))
		require.NoError(t, err)
		require.Equal(t, http.StatusCreated, status)
		status, err = w.do([]byte("GET / HTTP/1.1\r\nHost: x\r\n\r\n"))
		require.NoError(t, err)
		require.Equal(t, http.StatusOK, status)
	}
}

func TestWireRefusesWhatItCannotRead(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, answer, want string
	}{
		{"another protocol", "SMTP ready\r\n", errNotHTTP.Error()},
		{"no number", "HTTP/1.1 abc\r\n", errNotHTTP.Error()},
		{"chunks", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", errNoLength.Error()},
		{"a bad length", "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n", "length of the answer"},
		{"the end", "HTTP/1.1 200 OK\r\n", "unexpected EOF"},
		{"a short body", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nxx", "body"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			listener, err := net.Listen("tcp", "127.0.0.1:0")
			require.NoError(t, err)
			defer func() { _ = listener.Close() }()
			go func() {
				conn, err := listener.Accept()
				if err != nil {
					return
				}
				_, _ = conn.Read(make([]byte, 100))
				_, _ = conn.Write([]byte(test.answer))
				_ = conn.Close()
			}()
			w, err := dialWire(t.Context(), listener.Addr().String())
			require.NoError(t, err)
			defer func() { _ = w.close() }()
			_, err = w.do([]byte("GET / HTTP/1.1\r\n\r\n"))
			require.ErrorContains(t, err, test.want)
		})
	}
}
