package http

import (
	"context"
	"net/http"
	"sync"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/holdfast-dev/holdfast/http/api"
)

// probeTimeout bounds each probe.
const probeTimeout = 2 * time.Second

// health says that the process lives.
func (s *Server) health(c echo.Context) error {
	return c.JSON(http.StatusOK, api.Health{Status: api.HealthOK})
}

// readiness says whether requests can be served, and what is missing. A
// server that was asked to stop is missing itself, so that nobody sends it
// more requests.
func (s *Server) readiness(c echo.Context) error {
	missing := s.missing(c.Request().Context())
	select {
	case <-s.draining:
		missing = append(missing, "server")
	default:
	}
	if len(missing) > 0 {
		return c.JSON(http.StatusServiceUnavailable, api.Readiness{Status: api.Unready, Missing: missing})
	}
	return c.JSON(http.StatusOK, api.Readiness{Status: api.Ready, Missing: missing})
}

// missing asks all probes at once and names those that fail, in their order.
func (s *Server) missing(ctx context.Context) []string {
	ctx, cancel := context.WithTimeout(ctx, probeTimeout)
	defer cancel()
	faults := make([]error, len(s.config.Probes))
	var probing sync.WaitGroup
	for i, probe := range s.config.Probes {
		probing.Go(func() { faults[i] = probe.Check(ctx) })
	}
	probing.Wait()
	missing := []string{}
	for i, fault := range faults {
		if fault != nil {
			name := s.config.Probes[i].Name
			missing = append(missing, name)
			s.config.Logger.WarnContext(ctx, "not ready", "missing", name, "error", fault)
		}
	}
	return missing
}
