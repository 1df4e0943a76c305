package main

import (
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"github.com/holdfast-dev/holdfast/eventstore"
	"github.com/holdfast-dev/holdfast/projections"
)

// groupMetrics describe the groups that this instance commits.
type groupMetrics struct {
	commands prometheus.Histogram
	events   prometheus.Counter
	duration prometheus.Histogram
	groups   *prometheus.CounterVec
}

func newGroupMetrics(registry prometheus.Registerer) *groupMetrics {
	m := &groupMetrics{
		commands: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name:    "holdfast_append_group_commands",
			Help:    "Commands that were answered by one group commit, refusals included.",
			Buckets: prometheus.ExponentialBuckets(1, 2, 11),
		}),
		events: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "holdfast_append_events_total",
			Help: "Events that this instance appended.",
		}),
		duration: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name:    "holdfast_append_duration_seconds",
			Help:    "Time from closing a group to its verdict.",
			Buckets: []float64{.00025, .0005, .001, .002, .004, .008, .016, .032, .064, .128, .5, 2},
		}),
		groups: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "holdfast_append_groups_total",
			Help: "Groups by how they were written: alone, placed by the database behind what other instances appended, " +
				"or locked: decided under the append lock, because others change what groups are decided on.",
		}, []string{"way"}),
	}
	registry.MustRegister(m.commands, m.events, m.duration, m.groups)
	return m
}

// observe is called by the writing goroutine after each group.
func (m *groupMetrics) observe(g eventstore.GroupStats) {
	m.commands.Observe(float64(g.Commands))
	m.events.Add(float64(g.Events))
	m.duration.Observe(g.Duration.Seconds())
	m.groups.WithLabelValues(string(g.Way)).Inc()
}

// newRegistry makes a registry that tells about the process, too.
func newRegistry() *prometheus.Registry {
	registry := prometheus.NewRegistry()
	registry.MustRegister(
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return registry
}

var (
	positionMetric = prometheus.NewDesc("holdfast_projection_position",
		"Position of the log that a read model has seen.", []string{"projection"}, nil)
	lagMetric = prometheus.NewDesc("holdfast_projection_lag_events",
		"Events of the log that a read model has not seen.", []string{"projection"}, nil)
	stoppedMetric = prometheus.NewDesc("holdfast_projection_stopped",
		"1 if a read model cannot get past an event, else 0.", []string{"projection"}, nil)
)

// projectionMetrics reads the status of the projections when it is scraped.
type projectionMetrics func() []projections.Status

// Describe implements [prometheus.Collector].
func (projectionMetrics) Describe(out chan<- *prometheus.Desc) {
	out <- positionMetric
	out <- lagMetric
	out <- stoppedMetric
}

// Collect implements [prometheus.Collector].
func (status projectionMetrics) Collect(out chan<- prometheus.Metric) {
	for _, p := range status() {
		stopped := 0.0
		if p.Stopped != nil {
			stopped = 1
		}
		out <- prometheus.MustNewConstMetric(positionMetric, prometheus.GaugeValue, float64(p.Position), p.Projection)
		out <- prometheus.MustNewConstMetric(lagMetric, prometheus.GaugeValue, float64(p.Lag()), p.Projection)
		out <- prometheus.MustNewConstMetric(stoppedMetric, prometheus.GaugeValue, stopped, p.Projection)
	}
}

var (
	connectionsMetric = prometheus.NewDesc("holdfast_database_connections",
		"Connections of a pool, by what they do.", []string{"pool", "state"}, nil)
	waitsMetric = prometheus.NewDesc("holdfast_database_waits_total",
		"How often a connection of a pool had to be waited for.", []string{"pool"}, nil)
)

// poolMetrics reads the state of the connection pools when it is scraped.
type poolMetrics map[string]*pgxpool.Pool

// Describe implements [prometheus.Collector].
func (poolMetrics) Describe(out chan<- *prometheus.Desc) {
	out <- connectionsMetric
	out <- waitsMetric
}

// Collect implements [prometheus.Collector].
func (pools poolMetrics) Collect(out chan<- prometheus.Metric) {
	for name, pool := range pools {
		stat := pool.Stat()
		out <- prometheus.MustNewConstMetric(connectionsMetric, prometheus.GaugeValue, float64(stat.AcquiredConns()), name, "busy")
		out <- prometheus.MustNewConstMetric(connectionsMetric, prometheus.GaugeValue, float64(stat.IdleConns()), name, "idle")
		out <- prometheus.MustNewConstMetric(waitsMetric, prometheus.CounterValue, float64(stat.EmptyAcquireCount()), name)
	}
}
