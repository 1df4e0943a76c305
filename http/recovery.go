package http

import (
	"fmt"
	"runtime/debug"

	"github.com/labstack/echo/v4"
)

// recoverPanics turns a panic into a fault with its stack, so that one
// request cannot end the process.
func recoverPanics(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) (err error) {
		defer func() {
			if r := recover(); r != nil {
				err = because(CodeInternal, fmt.Errorf("panic: %v\n%s", r, debug.Stack()))
			}
		}()
		return next(c)
	}
}
