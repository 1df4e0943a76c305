package http

import (
	"log/slog"
	"time"

	"github.com/labstack/echo/v4"
)

// accessLog writes a line for each request: what was asked, of which route, by
// which user, and how it ended. It never writes an address as it was sent, a
// header or a body, which may hold tokens and what people type.
type accessLog struct{ handler slog.Handler }

// write writes the line of a request that has ended. It hands the line to the
// handler itself, for a logger would find out first which line of code this is
// and what time.
func (a accessLog) write(c echo.Context, ended time.Time) {
	ctx := c.Request().Context()
	if !a.handler.Enabled(ctx, slog.LevelInfo) {
		return
	}
	call := callOf(ctx)
	line := slog.NewRecord(ended, slog.LevelInfo, "request", 0)
	line.AddAttrs(
		slog.String("request_id", call.requestID),
		slog.String("method", c.Request().Method),
		slog.String("route", routeOf(c)),
		slog.Int("status", statusOf(c)),
		slog.String("code", string(call.code)),
		slog.String("actor", call.actor()),
		slog.Int64("bytes", c.Response().Size),
		// With its unit, in whatever form the log is.
		slog.String("duration", ended.Sub(call.began).String()),
	)
	_ = a.handler.Handle(ctx, line) // a log that can't be written can't be told of
}

// routeOf returns the template of the matched route, and "none" for a path
// that matches no route, which anybody can write.
func routeOf(c echo.Context) string {
	if route := c.Path(); route != "" {
		return route
	}
	return "none"
}
