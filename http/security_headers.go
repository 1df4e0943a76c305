package http

import "github.com/labstack/echo/v4"

// Values are shared by all answers and never changed.
var (
	noSniff      = []string{"nosniff"}
	noReferrer   = []string{"no-referrer"}
	sameOrigin   = []string{"same-origin"}
	noStore      = []string{"no-store"}
	dataPolicy   = []string{"default-src 'none'; frame-ancestors 'none'"}
	privateCache = []string{"private, no-cache"}
)

// secureHeaders tells browsers to take answers as the data they are: not to
// guess their type, show them in frames, load anything for them, or keep
// them. Pages and queries say otherwise for themselves.
func secureHeaders(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		h := c.Response().Header()
		h["X-Content-Type-Options"] = noSniff
		h["Referrer-Policy"] = noReferrer
		h["Cross-Origin-Resource-Policy"] = sameOrigin
		h["Content-Security-Policy"] = dataPolicy
		h["Cache-Control"] = noStore
		return next(c)
	}
}
