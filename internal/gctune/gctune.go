// Package gctune sets the garbage collector: for a server whose requests leave
// much garbage and little else, and for tools that go over a whole log.
package gctune

import (
	"os"
	"runtime/debug"
)

// Percent is how much the heap may grow between collections. What lives long
// (states, seat maps) is tens of megabytes, so that the runtime's 100 would
// collect every few milliseconds under load; 400 makes that a quarter of the
// work for at most five times the memory that lives.
const Percent = 400

// Relax applies Percent, unless the operator has set GOGC. GOMEMLIMIT goes on
// bounding the heap as the runtime documents it.
func Relax() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(Percent)
	}
}

// Limit makes the collector keep the process below so many bytes, as far as
// what lives allows, unless the operator has set GOMEMLIMIT. It is for tools
// whose memory must not grow with the log: they leave garbage by the gigabyte.
func Limit(bytes int64) {
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(bytes)
	}
}
