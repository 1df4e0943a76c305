package deptest

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var (
	// tableRow finds the rows of docs/architecture.md that are about packages.
	tableRow = regexp.MustCompile("(?m)^\\| `([^`]+)` \\| .* \\| ([^|]+) \\|$")
	quoted   = regexp.MustCompile("`([^`]+)`")
)

// TestTheTableSaysWhatTheRulesSay holds the table of packages in
// docs/architecture.md to the rules, and to the packages there are.
func TestTheTableSaysWhatTheRulesSay(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/architecture.md")
	require.NoError(t, err)
	_, table, found := strings.Cut(string(page), "\n## Packages\n")
	require.True(t, found)
	var told []string
	for _, row := range tableRow.FindAllStringSubmatch(table, -1) {
		of, text := row[1], row[2]
		told = append(told, of)
		ours := []string{}
		for _, name := range quoted.FindAllStringSubmatch(text, -1) {
			ours = append(ours, name[1])
		}
		require.Equal(t, len(ours) == 0, text == "nothing", "what %s may import", of)
		require.ElementsMatch(t, allowedTo(t, of), ours, "what %s may import", of)
	}
	imports, err := Imports("../..")
	require.NoError(t, err)
	for _, of := range told {
		require.True(t, slices.ContainsFunc(imports, func(i Import) bool { return covers(of, i.from()) }), "there is no package %s", of)
	}
	for _, imported := range imports {
		require.True(t, slices.ContainsFunc(told, func(of string) bool { return covers(of, imported.from()) }),
			"the table has no row for package %s", imported.from())
	}
}

// allowedTo returns what a package, or the packages of a pattern, may import of
// ours, without what is below itself.
func allowedTo(t *testing.T, of string) []string {
	t.Helper()
	at := slices.IndexFunc(Rules, func(r Rule) bool { return r.Of == of })
	if at < 0 {
		at = slices.IndexFunc(Rules, func(r Rule) bool { return covers(r.Of, of) })
	}
	require.GreaterOrEqual(t, at, 0, "the table has a row for %s, and there is no rule", of)
	below := strings.TrimSuffix(of, "/...") + "/..."
	return slices.DeleteFunc(slices.Clone(Rules[at].Ours), func(ours string) bool { return ours == below })
}
