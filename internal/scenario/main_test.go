package scenario

import (
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/internal/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// TestThreeServers runs every scenario on three servers and a database of its
// own.
func TestThreeServers(t *testing.T) {
	t.Parallel()
	scenarios := []struct {
		name     string
		settings settings
		run      func(t *testing.T, c *cluster)
	}{
		{"a thousand users want one seat", settings{}, oneSeat},
		{"rows of eight overlap", settings{}, overlappingRows},
		{"a thousand charges of one wallet", settings{}, oneWallet},
		{"a payment races the end of its hold", settings{"HOLDFAST_HOLD_DURATION": "1500ms"}, paymentAgainstExpiry},
		{"a reservation is paid twice", settings{}, payTwice},
		{"one key comes sixty-four times", settings{}, sameKey},
		{"a concert sells out", settings{}, soldOut},
		{"the README's commands", settings{}, readme},
	}
	program := build(t)
	for _, scenario := range scenarios {
		t.Run(scenario.name, func(t *testing.T) {
			t.Parallel()
			scenario.run(t, start(t, program, scenario.settings))
		})
	}
}

// build builds the server as this test was built and returns its path.
func build(t *testing.T) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "holdfast")
	arguments := append(append([]string{"build"}, buildFlags...), "-o", file, "../../cmd/holdfast")
	output, err := exec.CommandContext(t.Context(), "go", arguments...).CombinedOutput()
	require.NoError(t, err, "%s", output)
	return file
}
