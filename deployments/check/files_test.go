package check

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
)

// root is the folder of deployments.
const root = ".."

func read(t *testing.T, path ...string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(append([]string{root}, path...)...))
	require.NoError(t, err)
	return text
}

// readYAML reads a file that must have no member which into has not.
func readYAML(t *testing.T, into any, path ...string) {
	t.Helper()
	decoder := yaml.NewDecoder(bytes.NewReader(read(t, path...)))
	decoder.KnownFields(true)
	require.NoError(t, decoder.Decode(into), "%v", path)
}

// pinned matches an image with an exact version: at least two numbers, so that
// tomorrow's pull gives today's image.
var pinned = regexp.MustCompile(`^[a-z0-9./-]+:v?\d+\.\d+[a-z0-9.-]*$`)

func TestPinned(t *testing.T) {
	t.Parallel()
	for image, want := range map[string]bool{
		"postgres:17.2-bookworm": true, "prom/prometheus:v3.1.0": true, "registry.example/a/b:1.2": true,
		"postgres": false, "postgres:latest": false, "postgres:17": false, "golang:bookworm": false,
	} {
		require.Equal(t, want, pinned.MatchString(image), image)
	}
}
