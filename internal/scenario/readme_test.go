package scenario

import (
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// example finds the commands of the README that buy a seat.
var example = regexp.MustCompile("(?s)```bash\n(api=.*?)```")

// readme: the commands of the README sell a seat as they stand there, apart
// from the address.
func readme(t *testing.T, c *cluster) {
	for _, tool := range []string{"bash", "curl", "jq"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("the README's commands need %s", tool)
		}
	}
	page, err := os.ReadFile("../../README.md")
	require.NoError(t, err)
	found := example.FindSubmatch(page)
	require.NotNil(t, found, "README.md has no block of commands that begins with api=")
	script := strings.Replace(string(found[1]), "127.0.0.1:8080", c.addresses[0], 1)
	require.Contains(t, script, c.addresses[0])

	s := c.openSale(t, 50)
	command := exec.CommandContext(t.Context(), "bash", "-euo", "pipefail", "-c", script)
	output, err := command.CombinedOutput()
	require.NoError(t, err, "%s", output)
	states := c.seatStates(t, s, c.visitor(t, s), 0)
	require.Equal(t, "sold", states[1], "%s", output)
}
