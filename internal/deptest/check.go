package deptest

import (
	"fmt"
	"slices"
	"strings"
)

// Broken returns one sentence for every import that breaks the rules.
func Broken(rules []Rule, imports []Import) []string {
	var broken []string
	for _, imported := range imports {
		rule, found := ruleOf(rules, imported.from())
		switch {
		case !found:
			broken = append(broken, fmt.Sprintf("%s: package %s has no rule; give it one in internal/deptest/rules.go",
				imported.File, imported.from()))
		case !rule.allows(imported):
			broken = append(broken, fmt.Sprintf("%s imports %s, but %s", imported.File, imported.Path, rule.Why))
		}
	}
	return broken
}

func ruleOf(rules []Rule, folder string) (Rule, bool) {
	at := slices.IndexFunc(rules, func(r Rule) bool { return covers(r.Of, folder) })
	if at < 0 {
		return Rule{}, false
	}
	return rules[at], true
}

func (r Rule) allows(imported Import) bool {
	ours, isOurs := strings.CutPrefix(imported.Path, Module+"/")
	covered := func(pattern string) bool { return covers(pattern, ours) }
	switch {
	case isOurs && ours == imported.from():
		return true // a test from outside its package
	case isOurs:
		return slices.ContainsFunc(r.Ours, covered) ||
			imported.inTest() && slices.ContainsFunc(r.TestsToo, covered)
	case r.Foreign == nil || imported.inTest() || isStandard(imported.Path):
		return true
	default:
		return slices.ContainsFunc(r.Foreign, func(module string) bool { return covers(module+"/...", imported.Path) })
	}
}

// covers reports whether a pattern covers a path: the same path, or for
// "x/..." x and everything below it.
func covers(pattern, name string) bool {
	if pattern == "..." {
		return true
	}
	if above, deep := strings.CutSuffix(pattern, "/..."); deep {
		return name == above || strings.HasPrefix(name, above+"/")
	}
	return name == pattern
}

// isStandard reports whether a path is of the standard library: its first
// element has no dot.
func isStandard(imported string) bool {
	first, _, _ := strings.Cut(imported, "/")
	return !strings.Contains(first, ".")
}
