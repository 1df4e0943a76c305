package http

import (
	"log/slog"
	"time"

	"github.com/labstack/echo/v4"
)

// logAccess writes a line for each request: what was asked, of which route,
// by which user, and how it ended. It never writes an address as it was sent,
// a header or a body, which may hold tokens and what people type. It stands
// outside of [answerErrors], so that it sees the status.
func logAccess(logger *slog.Logger) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			start := time.Now()
			err := next(c)
			ctx := c.Request().Context()
			if !logger.Enabled(ctx, slog.LevelInfo) {
				return err
			}
			call := callOf(ctx)
			logger.LogAttrs(ctx, slog.LevelInfo, "request",
				slog.String("request_id", call.requestID),
				slog.String("method", c.Request().Method),
				slog.String("route", routeOf(c)),
				slog.Int("status", c.Response().Status),
				slog.String("code", string(call.code)),
				slog.String("actor", call.actor()),
				slog.Int64("bytes", c.Response().Size),
				slog.Duration("duration", time.Since(start)),
			)
			return err
		}
	}
}

// routeOf returns the template of the matched route, and "none" for a path
// that matches no route, which anybody can write.
func routeOf(c echo.Context) string {
	if route := c.Path(); route != "" {
		return route
	}
	return "none"
}
