// Package scenario holds no code but tests: the races that a sale is made of,
// run against three servers on one Postgres. The servers are processes of the
// program that is shipped, built as the tests are (with the race detector, if
// they have it), and everything is asked over HTTP.
//
// Each test has a database of its own, and its clean-up stops the servers,
// requires that they end cleanly, and lets package logcheck judge the log.
package scenario
