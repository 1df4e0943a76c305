package main

import (
	"errors"
	"io"
	"os"
	"os/signal"
	"syscall"
)

// errNobodyReads means that whoever read the standard output has left, as head
// does when it has enough. That is no fault.
var errNobodyReads = errors.New("nobody reads the standard output any more")

// pipe is the standard output of commands that may write a lot.
type pipe struct {
	io.Writer
}

// Write implements [io.Writer]. It tells a closed standard output from every
// other broken connection.
func (p pipe) Write(text []byte) (int, error) {
	n, err := p.Writer.Write(text)
	if errors.Is(err, syscall.EPIPE) {
		return n, errNobodyReads
	}
	return n, err
}

// survivePipe makes writing to a closed pipe an error, where it would end the
// process by a signal.
func survivePipe() {
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
}
