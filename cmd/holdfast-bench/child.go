package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"time"

	"github.com/holdfast-dev/holdfast/internal/bench"
)

// child is a copy of this program that loads the system from a process of its
// own. It says that it is ready, waits for the length of the load on its
// standard input, and answers with a sample.
type child struct {
	command *exec.Cmd
	input   io.WriteCloser
	output  *bufio.Reader
}

// startChild starts this program with arguments and with environment besides
// ours, and returns when it is ready.
func startChild(ctx context.Context, environment []string, arguments ...string) (*child, error) {
	program, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("find this program: %w", err)
	}
	command := exec.CommandContext(ctx, program, arguments...) //nolint:gosec // ourselves
	command.Env = append(os.Environ(), environment...)
	command.Stderr = os.Stderr
	input, err := command.StdinPipe()
	if err != nil {
		return nil, err
	}
	output, err := command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := command.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", arguments[0], err)
	}
	c := &child{command: command, input: input, output: bufio.NewReader(output)}
	if line, err := c.output.ReadString('\n'); err != nil || line != ready {
		return nil, errors.Join(fmt.Errorf("%s said %q instead of being ready", arguments[0], line), err, c.close())
	}
	return c, nil
}

const ready = "ready\n"

// load lets the child load the system and returns what it measured.
func (c *child) load(length time.Duration) (bench.Sample, error) {
	var sample bench.Sample
	if _, err := fmt.Fprintln(c.input, length); err != nil {
		return sample, fmt.Errorf("tell the child to begin: %w", err)
	}
	line, err := c.output.ReadBytes('\n')
	if err != nil {
		return sample, fmt.Errorf("read the child's sample: %w", err)
	}
	err = json.Unmarshal(line, &sample)
	return sample, err
}

// close lets the child end and waits for it.
func (c *child) close() error {
	return errors.Join(c.input.Close(), c.command.Wait())
}

// serveParent is the child's side: it measures whenever the parent says so,
// until the parent closes the pipe or has gone.
func serveParent(ctx context.Context, run func(context.Context, time.Duration) (bench.Sample, error)) error {
	if _, err := fmt.Print(ready); err != nil {
		return err
	}
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		length, err := time.ParseDuration(lines.Text())
		if err != nil {
			return err
		}
		sample, err := run(ctx, length)
		if err != nil {
			return err
		}
		if err := json.NewEncoder(os.Stdout).Encode(sample); err != nil {
			return err
		}
	}
	return nil
}
