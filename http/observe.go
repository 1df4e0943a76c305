package http

import (
	"log/slog"
	"time"

	"github.com/labstack/echo/v4"
)

// observeRequests measures each request and, if there is an access log, writes
// its line. It stands outside of [answerErrors], so that it sees the status.
func observeRequests(m *metrics, log *slog.Logger) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			m.inFlight.Inc()
			defer m.inFlight.Dec()
			err := next(c)
			ended := time.Now()
			m.observe(c, ended.Sub(callOf(c.Request().Context()).began))
			if log != nil {
				accessLog{log.Handler()}.write(c, ended)
			}
			return err
		}
	}
}
