package deptest

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestImportsReadsEveryGoFile(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	write := func(name, text string) {
		file := filepath.Join(root, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o750))
		require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
	}
	write("a/a.go", "package a\n\nimport \"fmt\"\n")
	write("a/a_windows.go", "//go:build windows\n\npackage a\n\nimport x \"os\"\n")
	write("a/notes.txt", "import \"none\"")
	write("a/testdata/t.go", "package t\n\nimport \"none\"\n")
	write("other/go.mod", "module other\n")
	write("other/o.go", "package o\n\nimport \"none\"\n")
	write(".hidden/h.go", "package h\n\nimport \"none\"\n")

	imports, err := Imports(root)
	require.NoError(t, err)
	require.Equal(t, []Import{{"a/a.go", "fmt"}, {"a/a_windows.go", "os"}}, imports)
}

func TestImportsNamesTheFileThatIsNoGo(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(root, "bad.go"), []byte("import"), 0o600))
	_, err := Imports(root)
	require.ErrorContains(t, err, "read the imports of bad.go")
}
