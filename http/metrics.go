package http

import (
	"strconv"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/holdfast-dev/holdfast/domain"
)

// metrics are what this package tells Prometheus.
type metrics struct {
	durations *prometheus.HistogramVec
	inFlight  prometheus.Gauge
	streams   prometheus.Gauge
	commands  *prometheus.CounterVec
}

func newMetrics(registry prometheus.Registerer) (*metrics, error) {
	m := &metrics{
		durations: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "holdfast_http_request_duration_seconds",
			Help:    "Time from the request's headers to the end of the answer, by route. Streams are not in it.",
			Buckets: []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10},
		}, []string{"method", "route", "status"}),
		inFlight: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "holdfast_http_requests_in_flight",
			Help: "Requests that are being served, streams included.",
		}),
		streams: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "holdfast_http_event_streams",
			Help: "Server-Sent Event streams that are open.",
		}),
		commands: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "holdfast_commands_total",
			Help: "Commands by outcome: accepted, replayed, or the code of the refusal or fault.",
		}, []string{"command", "outcome"}),
	}
	for _, collector := range []prometheus.Collector{m.durations, m.inFlight, m.streams, m.commands} {
		if err := registry.Register(collector); err != nil {
			return nil, err
		}
	}
	return m, nil
}

// observe records how long a request took. Paths that match no route are one
// route, so that nobody can fill the registry with names.
func (m *metrics) observe(c echo.Context, took time.Duration) {
	if c.Response().Header().Get(echo.HeaderContentType) == mediaEvents {
		return
	}
	m.durations.
		WithLabelValues(methodLabel(c.Request().Method), routeOf(c), strconv.Itoa(statusOf(c))).
		Observe(took.Seconds())
}

// methodLabel keeps made-up methods out of the registry.
func methodLabel(method string) string {
	switch method {
	case "GET", "HEAD", "POST", "DELETE", "PUT", "PATCH", "OPTIONS":
		return method
	default:
		return "other"
	}
}

// command counts the outcome of a command.
func (m *metrics) command(name string, replayed bool, code domain.Code) {
	outcome := "accepted"
	switch {
	case code != "":
		outcome = string(code)
	case replayed:
		outcome = "replayed"
	}
	m.commands.WithLabelValues(name, outcome).Inc()
}
