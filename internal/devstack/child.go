package devstack

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"time"
)

// child is a server process that must not outlive this one.
type child struct {
	name string
	cmd  *exec.Cmd
	// done is closed once the process has ended and err says how.
	done chan struct{}
	err  error
}

// serverCommand is a program that works in dir, writes to output and sees
// nothing of our environment that could steer it or translate its messages.
// No context ends it: whoever starts it stops it.
func serverCommand(program, dir string, output *os.File, arguments ...string) *exec.Cmd {
	return &exec.Cmd{
		Path:   program,
		Args:   append([]string{program}, arguments...),
		Dir:    dir,
		Env:    []string{"PATH=" + os.Getenv("PATH"), "HOME=" + os.TempDir(), "LC_ALL=C", "TZ=UTC"},
		Stdout: output,
		Stderr: output,
	}
}

// startChild starts cmd so that the kernel sends it the signal death when
// this process ends. The signal follows the thread that forked, not the
// process, so the goroutine that forks keeps its thread until the child ends.
func startChild(name string, cmd *exec.Cmd, death syscall.Signal, as *account) (*child, error) {
	cmd.SysProcAttr = childAttributes(death, as)
	c := &child{name: name, cmd: cmd, done: make(chan struct{})}
	started := make(chan error, 1)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		started <- err
		if err != nil {
			return
		}
		c.err = cmd.Wait()
		close(c.done)
	}()
	if err := <-started; err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	return c, nil
}

// ended reports whether the process has ended.
func (c *child) ended() bool {
	select {
	case <-c.done:
		return true
	default:
		return false
	}
}

// signal sends sig unless the process has ended.
func (c *child) signal(sig syscall.Signal) {
	if !c.ended() {
		_ = c.cmd.Process.Signal(sig)
	}
}

// stop sends each signal in turn and gives the process the time patience to
// end after each. SIGKILL as the last one makes it certain to return.
func (c *child) stop(patience time.Duration, signals ...syscall.Signal) error {
	for _, sig := range signals {
		c.signal(sig)
		if sig == syscall.SIGKILL {
			<-c.done
			break
		}
		timer := time.NewTimer(patience)
		select {
		case <-c.done:
			timer.Stop()
			return nil
		case <-timer.C:
		}
	}
	return fmt.Errorf("%s did not stop within %s and was killed", c.name, patience*time.Duration(len(signals)-1))
}

// kill ends the process as a crash would and returns once it has ended.
func (c *child) kill() {
	c.signal(syscall.SIGKILL)
	<-c.done
}
