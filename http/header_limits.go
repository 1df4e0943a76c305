package http

import (
	"net/http"

	"github.com/labstack/echo/v4"
)

// limitHeaders refuses requests whose headers and address are larger than
// any client of this API needs, in bytes. net/http has its own, wider limit
// on what it reads at all.
func limitHeaders(limit int) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			if headerBytes(c.Request()) > limit {
				c.Response().Header().Set(echo.HeaderConnection, "close")
				return refuse(CodeHeadersTooLarge, "Send fewer or shorter headers, or a shorter address.")
			}
			return next(c)
		}
	}
}

func headerBytes(r *http.Request) int {
	size := len(r.RequestURI)
	for name, values := range r.Header {
		for _, value := range values {
			size += len(name) + len(": \r\n") + len(value)
		}
	}
	return size
}
