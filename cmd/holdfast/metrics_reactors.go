package main

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/holdfast-dev/holdfast/reactors"
)

var (
	reactorPositionMetric = prometheus.NewDesc("holdfast_reactor_position",
		"Position of the log that a reactor is through with, whichever instance works on it.", []string{"reactor"}, nil)
	reactorLagMetric = prometheus.NewDesc("holdfast_reactor_lag_events",
		"Events of the log that a reactor has not passed, whether it wants them or not.", []string{"reactor"}, nil)
	deadLettersMetric = prometheus.NewDesc("holdfast_reactor_dead_letters",
		"Events that a reactor could not cope with and nobody has settled yet.", []string{"reactor"}, nil)
	reactorTriesMetric = prometheus.NewDesc("holdfast_reactor_tries_total",
		"Calls of a reactor's handler by this instance.", []string{"reactor"}, nil)
	reactorFailuresMetric = prometheus.NewDesc("holdfast_reactor_failures_total",
		"Calls of a reactor's handler by this instance that ended with an error.", []string{"reactor"}, nil)
	reactorStoppedMetric = prometheus.NewDesc("holdfast_reactor_stopped",
		"1 if a reactor of this instance cannot go on, because something is away or the log is another one; else 0.", []string{"reactor"}, nil)
)

// reactorMetrics reads how the reactors fare when it is scraped.
type reactorMetrics struct {
	status func(context.Context) ([]reactors.Status, error)
	// tallies are this instance's share; nil if it does not react.
	tallies func() []reactors.Tally
}

// Describe implements [prometheus.Collector].
func (reactorMetrics) Describe(out chan<- *prometheus.Desc) {
	for _, desc := range []*prometheus.Desc{
		reactorPositionMetric, reactorLagMetric, deadLettersMetric, reactorTriesMetric, reactorFailuresMetric, reactorStoppedMetric,
	} {
		out <- desc
	}
}

// Collect implements [prometheus.Collector]. What the database does not tell
// within a second is left out.
func (m reactorMetrics) Collect(out chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	gauge := func(desc *prometheus.Desc, value float64, reactor string) {
		out <- prometheus.MustNewConstMetric(desc, prometheus.GaugeValue, value, reactor)
	}
	all, err := m.status(ctx)
	if err != nil {
		all = nil
	}
	for _, r := range all {
		gauge(reactorPositionMetric, float64(r.Position), r.Reactor)
		gauge(reactorLagMetric, float64(r.Lag()), r.Reactor)
		gauge(deadLettersMetric, float64(r.DeadLetters), r.Reactor)
	}
	if m.tallies == nil {
		return
	}
	for _, t := range m.tallies() {
		out <- prometheus.MustNewConstMetric(reactorTriesMetric, prometheus.CounterValue, float64(t.Tried), t.Reactor)
		out <- prometheus.MustNewConstMetric(reactorFailuresMetric, prometheus.CounterValue, float64(t.Failed), t.Reactor)
		stopped := 0.0
		if t.Err != nil {
			stopped = 1
		}
		gauge(reactorStoppedMetric, stopped, t.Reactor)
	}
}
