package bench

import (
	"bufio"
	"os"
	"runtime"
	"strings"
)

// Machine is what the figures depend on besides the program. It names no host
// and no path.
type Machine struct {
	CPU      string `json:"cpu"`
	Cores    int    `json:"cores"`
	System   string `json:"system"`
	Go       string `json:"go"`
	Postgres string `json:"postgres"`
}

// DescribeMachine describes this machine. The server's version is the
// caller's to say.
func DescribeMachine(postgres string) Machine {
	return Machine{
		CPU:      processor(),
		Cores:    runtime.NumCPU(),
		System:   runtime.GOOS + "/" + runtime.GOARCH,
		Go:       runtime.Version(),
		Postgres: postgres,
	}
}

// processor returns the name of the processor, where the system tells it.
func processor() string {
	file, err := os.Open("/proc/cpuinfo")
	if err != nil {
		return "unknown processor"
	}
	defer func() { _ = file.Close() }()
	for lines := bufio.NewScanner(file); lines.Scan(); {
		if name, value, found := strings.Cut(lines.Text(), ":"); found && strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return "unknown processor"
}
