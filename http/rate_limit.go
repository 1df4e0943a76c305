package http

import (
	"context"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/holdfast-dev/holdfast/domain"
)

// Limiter decides how often a caller may come. Caller is "user:<id>",
// "admin:<name>" or, where nobody is asked for a token, "address:<ip>";
// operation is an operationId of the contract. If it says no, the client is
// told to come back after the returned time.
type Limiter interface {
	Allow(ctx context.Context, caller, operation string) (retryAfter time.Duration, allowed bool)
}

// limitRate asks the limiter. It stands behind authentication, so that users
// behind one address do not use up each other's share.
func limitRate(limiter Limiter, operation string) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			ctx := c.Request().Context()
			call := callOf(ctx)
			caller := call.actor()
			if caller == "" {
				caller = "address:" + call.address
			}
			if retryAfter, allowed := limiter.Allow(ctx, caller, operation); !allowed {
				return &Error{
					Code:       domain.CodeRateLimited,
					Detail:     "These are more requests than one caller may send. Wait for as long as Retry-After says.",
					RetryAfter: retryAfter,
				}
			}
			return next(c)
		}
	}
}
