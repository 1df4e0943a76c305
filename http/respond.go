package http

import "github.com/labstack/echo/v4"

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
