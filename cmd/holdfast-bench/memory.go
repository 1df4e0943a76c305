package main

import (
	"bufio"
	"fmt"
	"os"
	"strings"
	"sync/atomic"
	"time"
)

// watchMemory returns a function that tells the most bytes that a process has
// had in memory until now, 0 where the system does not tell. What a process
// leaves behind when it ends does not do: Linux counts into it what its parent
// had when it was started.
func watchMemory(pid int) func() int64 {
	const interval = 10 * time.Millisecond
	var most atomic.Int64
	go func() {
		for {
			now, ok := peakOf(pid)
			if !ok {
				return // it has ended
			}
			most.Store(now)
			time.Sleep(interval)
		}
	}()
	return most.Load
}

// peakOf reads the high-water mark of a process that runs.
func peakOf(pid int) (bytes int64, ok bool) {
	status, err := os.Open(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, false
	}
	defer func() { _ = status.Close() }()
	for lines := bufio.NewScanner(status); lines.Scan(); {
		if figure, is := strings.CutPrefix(lines.Text(), "VmHWM:"); is {
			var kilobytes int64
			_, err := fmt.Sscanf(strings.TrimSpace(figure), "%d kB", &kilobytes)
			return kilobytes << 10, err == nil
		}
	}
	return 0, false
}
