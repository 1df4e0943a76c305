//go:build race

package scenario

// buildFlags make the servers detect races, because the tests do.
var buildFlags = []string{"-race"}
