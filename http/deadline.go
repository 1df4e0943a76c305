package http

import (
	"context"
	"errors"
	"time"

	"github.com/labstack/echo/v4"
)

// limitTime gives an operation a deadline. A fault that comes of it is
// answered as a time-out, whatever the store below has called it. A store that
// has run out of a time of its own is the store's fault, and called that.
func limitTime(limit time.Duration) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			request := requestOf(c.Request().Context())
			request.deadline = request.call.began.Add(limit)
			defer request.release()
			err := next(c)
			if errors.Is(err, context.DeadlineExceeded) && errors.Is(request.Err(), context.DeadlineExceeded) {
				return because(CodeTimeout, err)
			}
			return err
		}
	}
}
