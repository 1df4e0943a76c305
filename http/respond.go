package http

import (
	"net/http"

	"github.com/labstack/echo/v4"
)

// answerErrors turns the error of a handler into its answer, so that what
// stands around it sees the status that was sent.
func answerErrors(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if err := next(c); err != nil {
			c.Error(err)
		}
		return nil
	}
}

// breakOff ends the connection of an answer that was cut short, so that nobody
// takes what has been sent for all there is. It stands outside of all that
// measures and logs.
func breakOff(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		err := next(c)
		if callOf(c.Request().Context()).cutShort {
			panic(http.ErrAbortHandler)
		}
		return err
	}
}

// statusOf returns how a request came out: the status that was sent, or for an
// answer that was cut short the status of what did it.
func statusOf(c echo.Context) int {
	if call := callOf(c.Request().Context()); call.cutShort {
		if m, known := meaningOf[call.code]; known {
			return m.status
		}
		return http.StatusInternalServerError
	}
	return c.Response().Status
}
