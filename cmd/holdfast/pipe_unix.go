//go:build unix

package main

import (
	"context"
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// untilNobodyReads returns a context that ends when whoever reads the output
// has left. Who waits for something to write would otherwise learn of it only
// by writing. It is for outputs that are written by and by; stop must be
// called.
func untilNobodyReads(ctx context.Context, stdout io.Writer) (_ context.Context, stop context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(ctx)
	stop = func() { cancel(nil) }
	out, is := stdout.(pipe)
	if !is {
		return ctx, stop
	}
	if file, is := out.Writer.(*os.File); is {
		go func() {
			if readerLeft(ctx, int32(file.Fd())) {
				cancel(errNobodyReads)
			}
		}()
	}
	return ctx, stop
}

// readerLeft waits until the other end of a descriptor is closed, and reports
// false if ctx ends first.
func readerLeft(ctx context.Context, descriptor int32) bool {
	const interval = 500 // milliseconds between looks at ctx
	for ctx.Err() == nil {
		watched := []unix.PollFd{{Fd: descriptor}} // errors are always reported
		n, err := unix.Poll(watched, interval)
		switch {
		case err != nil && err != unix.EINTR:
			return false
		case n > 0:
			return true
		}
	}
	return false
}
