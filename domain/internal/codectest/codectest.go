// Package codectest holds what every aggregate's codec is tested with.
package codectest

import (
	"bytes"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
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

// Quick requires that what the codec writes is read without a JSON decoder, as
// the same with a blank in it is not: that shows by the allocations. It is for
// tests that are not parallel.
func Quick[E domain.Event](t *testing.T, c Codec[E], examples ...E) {
	t.Helper()
	for _, example := range examples {
		payload, err := c.Encode(example)
		require.NoError(t, err)
		allocations := func(payload []byte) float64 {
			return testing.AllocsPerRun(10, func() {
				_, err := c.Decode(example.Type(), payload)
				require.NoError(t, err)
			})
		}
		require.Less(t, allocations(payload), allocations(append(payload, ' ')), example.Type())
	}
}

// FuzzDecode feeds the codec anything: it must answer with an error, or with the
// event that a strict JSON decoder reads, and that must survive the way to the
// log and back.
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
		for _, change := range oddSpellings {
			f.Add(wireType, bytes.Replace(stored, []byte(change[0]), []byte(change[1]), 1))
		}
	}
	f.Add("nothing.known.v1", []byte("{}"))

	f.Fuzz(func(t *testing.T, wireType string, payload []byte) {
		event, err := c.Decode(wireType, payload)
		if err != nil {
			return
		}
		require.Equal(t, wireType, event.Type())
		strict := reflect.New(reflect.TypeOf(event))
		require.NoError(t, json.Unmarshal(payload, strict.Interface(), json.RejectUnknownMembers(true)))
		require.Equal(t, strict.Elem().Interface(), any(event))
		first, err := c.Encode(event)
		require.NoError(t, err)
		again, err := c.Decode(wireType, first)
		require.NoError(t, err)
		second, err := c.Encode(again)
		require.NoError(t, err)
		require.Equal(t, string(first), string(second))
	})
}

// oddSpellings of what is in a log: some mean the same, some are no JSON.
var oddSpellings = [][2]string{
	{`":`, `": `},
	{`,"`, `, "`},
	{`:"`, `:"\u0031`},
	{`:"`, `:"é`},
	{`:"`, `:"\x00`},
	{`"}`, `"},`},
	{`{`, `{"price":1,`},
	{`Id"`, `ID"`},
	{`:4`, `:04`},
	{`:4`, `:-4`},
	{`:4`, `:4.0`},
	{`:4`, `:9223372036854775808`},
	{`[`, `[ `},
	{`[7`, `[`},
	{`]`, `,]`},
	{`Z"`, `+00:00"`},
	{`Z"`, `,5Z"`},
}

func file(wireType string) string { return filepath.Join("testdata", wireType+".json") }
