//go:build !unix

package main

import (
	"context"
	"io"
)

// untilNobodyReads is a context that ends with ctx or by stop: a reader that has
// left is noticed by the next write.
func untilNobodyReads(ctx context.Context, _ io.Writer) (_ context.Context, stop context.CancelFunc) {
	return context.WithCancel(ctx)
}
