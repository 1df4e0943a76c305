package http

import (
	"github.com/labstack/echo/v4"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// routePlain adds the routes whose answers are not made from generated types:
// what machines watch, the contract, and the pages.
func (s *Server) routePlain(router headRouter) error {
	metrics := echo.WrapHandler(promhttp.HandlerFor(s.config.Registry, promhttp.HandlerOpts{}))
	docs, err := documentation()
	if err != nil {
		return err
	}
	index, file, err := page()
	if err != nil {
		return err
	}
	for id, handler := range map[string]echo.HandlerFunc{
		"getHealth":    s.health,
		"getReadiness": s.readiness,
		"getMetrics":   metrics,
		"getContract":  s.document,
		"getDocs":      docs,
		"getPage":      index,
	} {
		o := s.contract.operations[id]
		router.GET(o.path, handler, s.chain(o)...)
	}
	router.GET(docsPath+"/*", docs)
	router.GET(uiPath+"/*", file)
	return nil
}
