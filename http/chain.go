package http

import (
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"
)

// everywhere is what stands before every route and also before the answer
// that there is none, from the outside in.
func (s *Server) everywhere() []echo.MiddlewareFunc {
	c := s.config
	all := []echo.MiddlewareFunc{identifyRequest(c.NewID), breakOff, observeRequests(s.metrics, c.AccessLog)}
	if c.Tracing != nil {
		all = append(all, traceRequests(c.Tracing))
	} else {
		all = append(all, continueTrace)
	}
	return append(all, answerErrors, recoverPanics, secureHeaders, limitHeaders(c.MaxHeaders))
}

// chains is what stands before each operation, by operationId.
func (s *Server) chains() map[string][]echo.MiddlewareFunc {
	chains := make(map[string][]echo.MiddlewareFunc, len(s.contract.operations))
	for id, o := range s.contract.operations {
		chains[id] = s.chain(o)
	}
	return chains
}

// chain is what the contract asks for before one operation, from the outside
// in. Who calls is settled before anything is said about what was sent.
func (s *Server) chain(o *operation) []echo.MiddlewareFunc {
	c := s.config
	var chain []echo.MiddlewareFunc
	if !o.streams() {
		chain = append(chain, limitTime(c.Timeout))
	}
	// What machines watch answers whatever they say they accept, as often as
	// they ask.
	watched := !strings.HasPrefix(o.path, "/v1/")
	if len(o.produces) > 0 && !watched {
		chain = append(chain, negotiate(o.produces))
	}
	if !o.policy.public() {
		chain = append(chain, authenticate(o.policy, c.Tokens, c.Clock))
	}
	if c.Limiter != nil && !watched {
		chain = append(chain, limitRate(c.Limiter, o.id))
	}
	if o.policy.admission {
		g := gate{clock: c.Clock, admissions: c.Admissions, log: c.Log}
		if o.method == http.MethodGet {
			chain = append(chain, g.admitQueries)
		} else {
			chain = append(chain, g.admitCommands)
		}
	}
	if o.idempotent {
		chain = append(chain, requireKey)
	}
	if len(o.params) > 0 {
		chain = append(chain, checkParameters(o.params))
	}
	if o.body != nil {
		chain = append(chain, readBody(o.body, c.MaxBody))
	}
	if o.tagged {
		chain = append(chain, tagAnswers)
	}
	return chain
}
