package main

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/holdfast-dev/holdfast/relay"
)

var (
	relayPosition = prometheus.NewDesc("holdfast_relay_position",
		"Position of the log up to which Kafka has acknowledged everything.", nil, nil)
	relayLag = prometheus.NewDesc("holdfast_relay_lag_events",
		"Events of the log that Kafka has not acknowledged.", nil, nil)
	relayDelay = prometheus.NewDesc("holdfast_relay_lag_seconds",
		"For how long the oldest of those events has been waiting.", nil, nil)
	relayWorking = prometheus.NewDesc("holdfast_relay_working",
		"1 on the instance that relays, 0 on those that stand by.", nil, nil)
	relayTroubled = prometheus.NewDesc("holdfast_relay_troubled",
		"1 if something keeps the relay from going on, else 0.", nil, nil)
	relayPublished = prometheus.NewDesc("holdfast_relay_published_events_total",
		"Events that this instance has had acknowledged by Kafka.", nil, nil)
	relayFailures = prometheus.NewDesc("holdfast_relay_failures_total",
		"How often the relay of this instance had to try something again.", nil, nil)
)

// relayMetrics reads the status of the relay when it is scraped.
type relayMetrics func() relay.Status

// Describe implements [prometheus.Collector].
func (relayMetrics) Describe(out chan<- *prometheus.Desc) {
	for _, desc := range []*prometheus.Desc{
		relayPosition, relayLag, relayDelay, relayWorking, relayTroubled, relayPublished, relayFailures,
	} {
		out <- desc
	}
}

// Collect implements [prometheus.Collector].
func (status relayMetrics) Collect(out chan<- prometheus.Metric) {
	s := status()
	gauge := func(desc *prometheus.Desc, value float64) {
		out <- prometheus.MustNewConstMetric(desc, prometheus.GaugeValue, value)
	}
	gauge(relayPosition, float64(s.Position))
	gauge(relayLag, float64(s.Lag()))
	gauge(relayDelay, s.Delay.Seconds())
	gauge(relayWorking, oneIf(s.Working))
	gauge(relayTroubled, oneIf(s.Trouble != "" || s.Err != nil))
	out <- prometheus.MustNewConstMetric(relayPublished, prometheus.CounterValue, float64(s.Published))
	out <- prometheus.MustNewConstMetric(relayFailures, prometheus.CounterValue, float64(s.Failures))
}

func oneIf(condition bool) float64 {
	if condition {
		return 1
	}
	return 0
}
