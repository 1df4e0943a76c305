//go:build unix && !linux

package devstack

// memoryFolder returns "": these systems have no folder in memory that is
// always there.
func memoryFolder() string { return "" }
