package main

import (
	"bytes"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/internal/gctune"
	"github.com/holdfast-dev/holdfast/internal/pgtest"
)

// programVariable makes the test binary the program itself.
const programVariable = "HOLDFAST_TEST_PROGRAM"

func TestMain(m *testing.M) {
	gctune.Relax()
	if os.Getenv(programVariable) != "" {
		os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
	}
	pgtest.Main(m)
}

// settings are environment variables of a program.
type settings map[string]string

// program returns a command that runs the program with an environment of its
// own: nothing that the tests' caller has set for Holdfast gets through.
func program(s settings, arguments ...string) *exec.Cmd {
	command := exec.Command(os.Args[0], arguments...)
	for _, variable := range os.Environ() {
		name, _, _ := strings.Cut(variable, "=")
		switch {
		case strings.HasPrefix(name, "HOLDFAST_") && name != "HOLDFAST_POSTGRES_BIN":
		case strings.HasPrefix(name, "OTEL_"):
		case name == "DATABASE_URL", name == "REDIS_URL", strings.HasPrefix(name, "KAFKA_"):
		default:
			command.Env = append(command.Env, variable)
		}
	}
	command.Env = append(command.Env, programVariable+"=1")
	for name, value := range s {
		command.Env = append(command.Env, name+"="+value)
	}
	return command
}

// outcome is what a program did.
type outcome struct {
	code           int
	stdout, stderr string
}

func runProgram(t *testing.T, s settings, arguments ...string) outcome {
	t.Helper()
	command := program(s, arguments...)
	var stdout, stderr bytes.Buffer
	command.Stdout, command.Stderr = &stdout, &stderr
	require.NoError(t, command.Start())
	overdue := time.AfterFunc(patience, func() { _ = command.Process.Kill() })
	defer overdue.Stop()
	var unsuccessful *exec.ExitError
	if err := command.Wait(); err != nil {
		require.ErrorAs(t, err, &unsuccessful)
	}
	return outcome{command.ProcessState.ExitCode(), stdout.String(), stderr.String()}
}

// secret is a signing key that is long enough.
const secret = "a secret of the tests that nobody keeps"
