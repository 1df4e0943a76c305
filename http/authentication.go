package http

import (
	"context"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/holdfast-dev/holdfast/internal/token"
)

// Verifier says what a token says, or token.ErrInvalid for every token that
// is not good at the given time.
type Verifier interface {
	Verify(ctx context.Context, raw string, now time.Time) (token.Bearer, error)
}

// authenticate lets those through whose token is good and of a kind that the
// operation takes. Everybody else gets one and the same answer, but for an
// admin that lacks the scope.
func authenticate(p policy, tokens Verifier, clock Clock) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			ctx := c.Request().Context()
			raw, ok := bearerToken(c.Request().Header.Values(echo.HeaderAuthorization))
			if !ok {
				return errUnauthenticated
			}
			bearer, err := tokens.Verify(ctx, raw, clock())
			if err != nil || !p.takes(bearer) {
				return errUnauthenticated
			}
			call := callOf(ctx)
			call.bearer, call.rawToken = bearer, raw
			if admin, ok := bearer.(token.Admin); ok && !admin.Allows(p.scope) {
				return refuse(CodeForbidden, "This needs an admin token with the scope "+p.scope+".")
			}
			return next(c)
		}
	}
}

// takes reports whether the operation takes tokens of this kind.
func (p policy) takes(b token.Bearer) bool {
	switch b.(type) {
	case token.Access:
		return p.access
	case token.Queue:
		return p.queue || p.admission
	case token.Admin:
		return p.scope != ""
	default:
		return false
	}
}

// bearerToken reads the one Authorization header. The scheme's case does not
// matter (RFC 9110 11.1).
func bearerToken(headers []string) (string, bool) {
	if len(headers) != 1 {
		return "", false
	}
	scheme, raw, ok := strings.Cut(headers[0], " ")
	if !ok || !strings.EqualFold(scheme, "Bearer") || raw == "" {
		return "", false
	}
	return raw, true
}
