package contract_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/projections/history"
)

const (
	goldenFiles = "../../domain/*/testdata/*.json"
	schemaFiles = "../../docs/schemas/*.json"
)

// types are the names of files without their ending, sorted.
func types(t *testing.T, pattern string) []string {
	t.Helper()
	files, err := filepath.Glob(pattern)
	require.NoError(t, err)
	require.NotEmpty(t, files)
	names := make([]string, len(files))
	for i, file := range files {
		names[i] = strings.TrimSuffix(filepath.Base(file), ".json")
	}
	slices.Sort(names)
	return names
}

// schemas are those of all types.
func schemas(t *testing.T) map[string]*jsonschema.Schema {
	t.Helper()
	all := map[string]*jsonschema.Schema{}
	for _, name := range types(t, schemaFiles) {
		schema, err := jsonschema.NewCompiler().Compile("../../docs/schemas/" + name + ".json")
		require.NoError(t, err)
		all[name] = schema
	}
	return all
}

func parse(t *testing.T, text []byte) any {
	t.Helper()
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	require.NoError(t, err)
	return document
}

// golden is the document of each type.
func golden(t *testing.T) map[string]map[string]any {
	t.Helper()
	files, err := filepath.Glob(goldenFiles)
	require.NoError(t, err)
	all := map[string]map[string]any{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		document, is := parse(t, text).(map[string]any)
		require.True(t, is, file)
		all[strings.TrimSuffix(filepath.Base(file), ".json")] = document
	}
	return all
}

func TestASchemaForEachGoldenFileAndNoOther(t *testing.T) {
	t.Parallel()
	require.Equal(t, types(t, goldenFiles), types(t, schemaFiles))
}

func TestGoldenFilesKeepTheirSchema(t *testing.T) {
	t.Parallel()
	all := schemas(t)
	for name, document := range golden(t) {
		require.NoError(t, all[name].Validate(document), name)
		require.Equal(t, name, all[name].Title)
	}
}

func TestASaleKeepsItsSchemas(t *testing.T) {
	t.Parallel()
	all := schemas(t)
	sale := history.New(7)
	sale.Random(3000)
	seen := map[string]bool{}
	for _, e := range sale.Events() {
		require.NoError(t, all[e.Type].Validate(parse(t, e.Payload)), "%s: %s", e.Type, e.Payload)
		seen[e.Type] = true
	}
	require.Greater(t, len(seen), 9, "the sale is a varied one")
}

// TestWrongDocumentsAreRefused plants a fault in every member of every golden
// file, at every depth.
func TestWrongDocumentsAreRefused(t *testing.T) {
	t.Parallel()
	all := schemas(t)
	for name, document := range golden(t) {
		for _, wrong := range mutations(document) {
			text, err := json.Marshal(wrong)
			require.NoError(t, err)
			require.Error(t, all[name].Validate(parse(t, text)), "%s takes %s", name, text)
		}
	}
}

// mutations are copies of an object with one fault each.
func mutations(object map[string]any) []map[string]any {
	var all []map[string]any
	change := func(edit func(map[string]any)) {
		changed := maps.Clone(object)
		edit(changed)
		all = append(all, changed)
	}
	change(func(o map[string]any) { o["unknown"] = "x" })
	for member, value := range object {
		change(func(o map[string]any) { delete(o, member) })
		for _, wrong := range []any{nil, true, map[string]any{"x": 1}, -1, 1.5, "\u0000"} {
			change(func(o map[string]any) { o[member] = wrong })
		}
		if inner, is := value.(map[string]any); is {
			for _, changed := range mutations(inner) {
				change(func(o map[string]any) { o[member] = changed })
			}
		}
	}
	return all
}
