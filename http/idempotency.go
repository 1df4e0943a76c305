package http

import "github.com/labstack/echo/v4"

// maxKeyLength bounds an idempotency key, in characters.
const maxKeyLength = 255

// requireKey refuses commands without a usable idempotency key: 1 to 255
// visible ASCII characters, sent once. What the key does is the command's.
func requireKey(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		keys := c.Request().Header[headerIdempotencyKey]
		switch {
		case len(keys) == 0:
			return refuse(CodeKeyMissing, "Send an Idempotency-Key header, so that the command can be repeated safely.")
		case len(keys) > 1 || !isVisible(keys[0]):
			return refuse(CodeKeyInvalid, "An Idempotency-Key has 1 to 255 visible ASCII characters and is sent once.")
		}
		return next(c)
	}
}

func isVisible(key string) bool {
	if key == "" || len(key) > maxKeyLength {
		return false
	}
	for i := range len(key) {
		if key[i] < '!' || key[i] > '~' {
			return false
		}
	}
	return true
}
