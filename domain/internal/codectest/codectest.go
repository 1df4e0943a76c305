// Package codectest holds what every aggregate's codec is tested with.
package codectest

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/domain"
)

// Codec is the codec of one aggregate.
type Codec[E domain.Event] struct {
	Encode func(E) ([]byte, error)
	Decode func(wireType string, payload []byte) (E, error)
}

// Golden compares the codec with testdata/{wire type}.json, one file for every
// version of every event that was ever stored. The files are never edited: what
// they show is in somebody's log. Each example is the event in its file.
func Golden[E domain.Event](t *testing.T, c Codec[E], examples ...E) {
	t.Helper()
	want := map[string]bool{}
	for _, example := range examples {
		want[file(example.Type())] = true
		t.Run(example.Type(), func(t *testing.T) {
			t.Parallel()
			stored, err := os.ReadFile(file(example.Type()))
			require.NoError(t, err)
			stored = bytes.TrimSpace(stored)

			decoded, err := c.Decode(example.Type(), stored)
			require.NoError(t, err)
			require.Equal(t, example, decoded)

			encoded, err := c.Encode(example)
			require.NoError(t, err)
			require.Equal(t, string(stored), string(encoded))
		})
	}
	files, err := filepath.Glob(file("*"))
	require.NoError(t, err)
	for _, name := range files {
		require.True(t, want[name], "%s has no example in the test", name)
	}
}

// FuzzDecode feeds the codec anything: it must answer with an error or with an
// event that survives the way to the log and back.
func FuzzDecode[E domain.Event](f *testing.F, c Codec[E]) {
	files, err := filepath.Glob(file("*"))
	require.NoError(f, err)
	require.NotEmpty(f, files)
	for _, name := range files {
		stored, err := os.ReadFile(name) //nolint:gosec // a file of this test
		require.NoError(f, err)
		wireType := strings.TrimSuffix(filepath.Base(name), ".json")
		f.Add(wireType, stored)
		for _, broken := range []string{"", "null", "{}", "[]", `{"seats":null}`, `{"unknown":1}`, string(stored) + "x"} {
			f.Add(wireType, []byte(broken))
		}
	}
	f.Add("nothing.known.v1", []byte("{}"))

	f.Fuzz(func(t *testing.T, wireType string, payload []byte) {
		event, err := c.Decode(wireType, payload)
		if err != nil {
			return
		}
		require.Equal(t, wireType, event.Type())
		first, err := c.Encode(event)
		require.NoError(t, err)
		again, err := c.Decode(wireType, first)
		require.NoError(t, err)
		second, err := c.Encode(again)
		require.NoError(t, err)
		require.Equal(t, string(first), string(second))
	})
}

func file(wireType string) string { return filepath.Join("testdata", wireType+".json") }
