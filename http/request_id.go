package http

import (
	"net/http"
	"time"

	"github.com/labstack/echo/v4"
)

// maxRequestID bounds the length of an id that a client or proxy gives.
const maxRequestID = 64

// maxInstance bounds the path that a problem detail repeats.
const maxInstance = 2000

// identifyRequest gives each request an id and the call that the other
// middlewares write to. An id that a proxy in front has given is kept if it
// is short and plain, so that one request has one name in all logs.
func identifyRequest(newID func() string) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			began := time.Now()
			r := c.Request()
			id, plain := plainID(r.Header[headerRequestID])
			if !plain {
				id = newID()
			}
			c.Response().Header()[headerRequestID] = []string{id}
			request := &requestContext{
				Context: r.Context(),
				call: call{
					requestID: id, began: began, instance: "/", address: c.RealIP(),
					headOnly: r.Method == http.MethodHead,
				},
			}
			if path := r.URL.EscapedPath(); len(path) <= maxInstance {
				request.call.instance = path
			}
			c.SetRequest(r.WithContext(request))
			return next(c)
		}
	}
}

func plainID(given []string) (id string, plain bool) {
	if len(given) != 1 || given[0] == "" || len(given[0]) > maxRequestID {
		return "", false
	}
	id = given[0]
	for i := range len(id) {
		switch b := id[i]; {
		case b >= '0' && b <= '9', b >= 'a' && b <= 'z', b >= 'A' && b <= 'Z', b == '-', b == '_', b == '.':
		default:
			return "", false
		}
	}
	return id, true
}
