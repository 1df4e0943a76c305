// Package check checks the files of deployments without running them: each
// against the library that the program which reads it is made of, and against
// the rules that Holdfast has besides. Every rule has a planted fault.
//
// It is a module of its own, so that what only checks does not become a
// dependency of the product:
//
//	cd deployments/check && go test -count=1 ./...
//
// Nothing is taken from the cache of results, which does not see files outside of
// the module.
//
// What must be run to be checked (the proxy, the names of metrics and of
// settings) is among the tests of cmd/holdfast, which has the program.
package check
