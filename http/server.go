package http

import (
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"sync"

	"github.com/labstack/echo/v4"

	"github.com/holdfast-dev/holdfast/http/api"
)

// Server serves the contract. [New] makes it; [Server.Serve] runs it.
type Server struct {
	config   Config
	contract *contract
	metrics  *metrics
	echo     *echo.Echo
	// draining is closed when the server is asked to stop, so that streams
	// end by themselves.
	draining chan struct{}
	drain    sync.Once
	server   *http.Server
}

// New makes a server. It fails if something required is missing from the
// configuration, or if the registry has metrics of the same names already.
func New(config Config) (*Server, error) {
	config = config.withDefaults()
	if err := config.check(); err != nil {
		return nil, fmt.Errorf("http server: %w", err)
	}
	contract, err := loadContract()
	if err != nil {
		return nil, err
	}
	metrics, err := newMetrics(config.Registry)
	if err != nil {
		return nil, fmt.Errorf("http metrics: %w", err)
	}
	s := &Server{config: config, contract: contract, metrics: metrics, draining: make(chan struct{})}
	if err := s.route(); err != nil {
		return nil, err
	}
	s.server = s.newHTTPServer()
	return s, nil
}

// Handler serves requests without the time-outs of [Server.Serve].
func (s *Server) Handler() http.Handler { return s.echo }

// route makes the router: the generated routes, those that write their own
// answers, and what stands before each.
func (s *Server) route() error {
	e := echo.New()
	e.Binder = binder{}
	e.IPExtractor = addressOf(s.config.TrustedProxies)
	explainer := explainer{faults: s.config.Faults}
	e.HTTPErrorHandler = problemWriter{explainer: explainer, logger: s.config.Logger}.handle
	e.Use(s.everywhere()...)

	h := newHandlers(s, explainer)
	router := headRouter{Echo: e, streams: s.contract.eventStreams()}
	api.RegisterHandlersWithOptions(router, api.NewStrictHandler(h, nil), api.RegisterHandlersOptions{
		OperationMiddlewares: s.chains(),
	})
	s.echo = e
	return s.routePlain(router)
}

// headRouter answers HEAD wherever GET is, for net/http leaves the body out;
// but not for streams, whose answer never ends.
type headRouter struct {
	*echo.Echo
	// streams are the routes in echo's spelling.
	streams map[string]bool
}

// GET implements [api.EchoRouter].
func (r headRouter) GET(path string, h echo.HandlerFunc, m ...echo.MiddlewareFunc) *echo.Route {
	if !r.streams[path] {
		r.HEAD(path, h, m...)
	}
	return r.Echo.GET(path, h, m...)
}

// addressOf finds the address of a client. What a client writes into a header
// is not believed; what a trusted proxy adds is.
func addressOf(trusted []netip.Prefix) echo.IPExtractor {
	if len(trusted) == 0 {
		return echo.ExtractIPDirect()
	}
	options := []echo.TrustOption{echo.TrustLoopback(false), echo.TrustLinkLocal(false), echo.TrustPrivateNet(false)}
	for _, prefix := range trusted {
		options = append(options, echo.TrustIPRange(&net.IPNet{
			IP:   prefix.Addr().AsSlice(),
			Mask: net.CIDRMask(prefix.Bits(), prefix.Addr().BitLen()),
		}))
	}
	return echo.ExtractIPFromXFFHeader(options...)
}
