package deptest

import (
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
)

// Import is one import of one file.
type Import struct {
	// File is the importing file, relative to the root of the module.
	File string
	// Path is what it imports.
	Path string
}

// from is the importing package, relative to the module.
func (i Import) from() string { return path.Dir(i.File) }

// inTest reports whether a test file imports it.
func (i Import) inTest() bool { return strings.HasSuffix(i.File, "_test.go") }

// Imports reads the imports of every Go file below root. Folders that the go
// tool ignores are left out, and so are other modules.
func Imports(root string) ([]Import, error) {
	var found []Import
	err := filepath.WalkDir(root, func(file string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && file != root && (ignored(entry.Name()) || isModule(file)):
			return filepath.SkipDir
		case entry.IsDir() || filepath.Ext(file) != ".go":
			return nil
		}
		imports, err := fileImports(root, file)
		found = append(found, imports...)
		return err
	})
	return found, err
}

func ignored(folder string) bool {
	return folder == "testdata" || strings.HasPrefix(folder, ".") || strings.HasPrefix(folder, "_")
}

func isModule(folder string) bool {
	_, err := os.Stat(filepath.Join(folder, "go.mod"))
	return err == nil
}

func fileImports(root, file string) ([]Import, error) {
	relative, err := filepath.Rel(root, file)
	if err != nil {
		return nil, fmt.Errorf("place %s below %s: %w", file, root, err)
	}
	parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
	if err != nil {
		return nil, fmt.Errorf("read the imports of %s: %w", relative, err)
	}
	imports := make([]Import, 0, len(parsed.Imports))
	for _, spec := range parsed.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return nil, fmt.Errorf("import %s in %s: %w", spec.Path.Value, relative, err)
		}
		imports = append(imports, Import{File: filepath.ToSlash(relative), Path: imported})
	}
	return imports, nil
}
