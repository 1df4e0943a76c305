package http_test

import (
	"fmt"
	nethttp "net/http"
	"os"
	"testing"

	"go.uber.org/goleak"
)

// TestMain checks that servers and streams leave nothing behind.
func TestMain(m *testing.M) {
	code := m.Run()
	nethttp.DefaultClient.CloseIdleConnections()
	if err := goleak.Find(); code == 0 && err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}
