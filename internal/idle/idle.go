// Package idle waits without outstaying its welcome.
package idle

import (
	"context"
	"time"
)

// For waits for a while and reports whether ctx goes on; it returns at once when
// ctx ends. Zero and less is no wait.
func For(ctx context.Context, while time.Duration) bool {
	if while <= 0 {
		return ctx.Err() == nil
	}
	timer := time.NewTimer(while)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
