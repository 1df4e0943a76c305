package main

import (
	"context"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/holdfast-dev/holdfast/sink"
)

// sinkMetrics reads the status of a sink when it is scraped.
type sinkMetrics struct{ status func() sink.Status }

var sinkFigures = []struct {
	desc *prometheus.Desc
	kind prometheus.ValueType
	of   func(sink.Status) float64
}{
	{sinkMetric("events_written_total", "Events that were brought to disk."), prometheus.CounterValue, func(s sink.Status) float64 { return float64(s.Written) }},
	{sinkMetric("files_written_total", "Files that were brought to disk."), prometheus.CounterValue, func(s sink.Status) float64 { return float64(s.Files) }},
	{sinkMetric("duplicates_total", "Messages left out because their event was there already."), prometheus.CounterValue, func(s sink.Status) float64 { return float64(s.Duplicates) }},
	{sinkMetric("replays_total", "Messages left out because they were sent again on purpose."), prometheus.CounterValue, func(s sink.Status) float64 { return float64(s.Replays) }},
	{sinkMetric("skipped_total", "Messages left out because they were named to be."), prometheus.CounterValue, func(s sink.Status) float64 { return float64(s.Skipped) }},
	{sinkMetric("buffered_events", "Events received that are not on disk."), prometheus.GaugeValue, func(s sink.Status) float64 { return float64(s.Buffered) }},
	{sinkMetric("lag_messages", "Messages of the assigned partitions that were not received."), prometheus.GaugeValue, func(s sink.Status) float64 { return float64(s.Lag) }},
	{sinkMetric("partitions", "Partitions that are assigned."), prometheus.GaugeValue, func(s sink.Status) float64 { return float64(s.Partitions) }},
	{sinkMetric("write_duration_seconds", "How long the last batch took to be durable."), prometheus.GaugeValue, func(s sink.Status) float64 { return s.WriteSeconds }},
}

func sinkMetric(name, help string) *prometheus.Desc {
	return prometheus.NewDesc("holdfast_sink_"+name, help, nil, nil)
}

// Describe implements [prometheus.Collector].
func (sinkMetrics) Describe(out chan<- *prometheus.Desc) {
	for _, figure := range sinkFigures {
		out <- figure.desc
	}
}

// Collect implements [prometheus.Collector].
func (m sinkMetrics) Collect(out chan<- prometheus.Metric) {
	status := m.status()
	for _, figure := range sinkFigures {
		out <- prometheus.MustNewConstMetric(figure.desc, figure.kind, figure.of(status))
	}
}

// serveSinkMetrics serves /metrics until it is closed.
func serveSinkMetrics(ctx context.Context, address string, s *sink.Sink) (closeServer func(), err error) {
	listener, err := listenOn(ctx, address, "HOLDFAST_SINK_METRICS")
	if err != nil {
		return nil, err
	}
	registry := newRegistry()
	registry.MustRegister(sinkMetrics{s.Status})
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{}))
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = server.Serve(listener) // it ends when it is closed
	}()
	return func() {
		_ = server.Close()
		<-ended
	}, nil
}
