// Package deptest says which package may import which, and checks it as a
// plain test. The rules are the architecture: what may not be imported cannot
// be depended on by accident.
//
// Imports are read from the source files, whatever their build tags, so the
// check needs no compiler and sees every platform.
package deptest
