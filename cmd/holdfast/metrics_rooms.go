package main

import (
	"context"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/holdfast-dev/holdfast/waitingroom"
)

var (
	roomPeopleMetric = prometheus.NewDesc("holdfast_waitingroom_people",
		"People of a waiting room: waiting, called to their turn, or active inside.", []string{"concert", "state"}, nil)
	roomCapacityMetric = prometheus.NewDesc("holdfast_waitingroom_capacity",
		"How many people may be called and active at a time.", []string{"concert"}, nil)
	roomIssuedMetric = prometheus.NewDesc("holdfast_waitingroom_numbers_issued",
		"Highest number drawn in a waiting room.", []string{"concert"}, nil)
	roomServingMetric = prometheus.NewDesc("holdfast_waitingroom_numbers_serving",
		"Number up to which turns have come in a waiting room.", []string{"concert"}, nil)
	roomReachableMetric = prometheus.NewDesc("holdfast_waitingroom_reachable",
		"1 if Redis answered for a waiting room, else 0.", []string{"concert"}, nil)
	roomLossesMetric = prometheus.NewDesc("holdfast_waitingroom_losses_total",
		"How often Redis has lost a waiting room.", []string{"concert"}, nil)
	joinsMetric = prometheus.NewDesc("holdfast_waitingroom_joins_total",
		"How often this instance was asked for a number.", nil, nil)
	claimsMetric = prometheus.NewDesc("holdfast_waitingroom_claims_total",
		"How often a turn was taken up, or tried, at this instance.", nil, nil)
	refreshesMetric = prometheus.NewDesc("holdfast_waitingroom_refreshes_total",
		"How often this instance read a waiting room from Redis.", nil, nil)
)

// roomsPatience bounds what a scrape waits for Redis.
const roomsPatience = 2 * time.Second

// roomMetrics reads the waiting rooms when it is scraped, the 200 that were
// opened last. All instances tell the same of a room, and each its own counts.
type roomMetrics struct {
	rooms  *waitingroom.Rooms
	logger *slog.Logger
}

// Describe implements [prometheus.Collector].
func (roomMetrics) Describe(out chan<- *prometheus.Desc) {
	for _, desc := range []*prometheus.Desc{
		roomPeopleMetric, roomCapacityMetric, roomIssuedMetric, roomServingMetric, roomReachableMetric, roomLossesMetric,
		joinsMetric, claimsMetric, refreshesMetric,
	} {
		out <- desc
	}
}

// Collect implements [prometheus.Collector].
func (m roomMetrics) Collect(out chan<- prometheus.Metric) {
	counts := m.rooms.Counters()
	for desc, count := range map[*prometheus.Desc]int64{
		joinsMetric: counts.Joins, claimsMetric: counts.Claims, refreshesMetric: counts.Refreshes,
	} {
		out <- prometheus.MustNewConstMetric(desc, prometheus.CounterValue, float64(count))
	}
	ctx, cancel := context.WithTimeout(context.Background(), roomsPatience)
	defer cancel()
	all, err := m.rooms.Status(ctx)
	if err != nil {
		m.logger.WarnContext(ctx, "no metrics of waiting rooms", slog.Any("error", err))
		return
	}
	for _, room := range all {
		collectRoom(out, room)
	}
}

// collectRoom tells of one room. How many are in it is unknown while Redis
// does not answer, and then not told.
func collectRoom(out chan<- prometheus.Metric, room waitingroom.Status) {
	concert := string(room.ConcertID)
	gauge := func(desc *prometheus.Desc, value int64, labels ...string) {
		out <- prometheus.MustNewConstMetric(desc, prometheus.GaugeValue, float64(value), append([]string{concert}, labels...)...)
	}
	gauge(roomCapacityMetric, room.Capacity)
	gauge(roomIssuedMetric, room.Issued)
	gauge(roomServingMetric, room.Serving)
	out <- prometheus.MustNewConstMetric(roomLossesMetric, prometheus.CounterValue, float64(room.Losses), concert)
	if !room.Reachable {
		gauge(roomReachableMetric, 0)
		return
	}
	gauge(roomReachableMetric, 1)
	gauge(roomPeopleMetric, room.Waiting, "waiting")
	gauge(roomPeopleMetric, room.Called, "called")
	gauge(roomPeopleMetric, room.Active, "active")
}
