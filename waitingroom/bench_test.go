package waitingroom_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/domain"
	"github.com/holdfast-dev/holdfast/waitingroom"
)

// What a poll costs, from a verified place to a view.
func BenchmarkLook(b *testing.B) {
	h := newHouse(b)
	rooms := h.instance()
	place := h.crowd(rooms, 5, small)[4].Place
	b.ReportAllocs()
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, err := rooms.Look(b.Context(), place); err != nil {
				b.Error(err)
			}
		}
	})
}

// Not a benchmark but its guard: a poll allocates nothing.
func TestLookingAllocatesNothing(t *testing.T) {
	h := newHouse(t)
	rooms := h.instance()
	place := h.crowd(rooms, 5, small)[4].Place
	require.Zero(t, testing.AllocsPerRun(1000, func() {
		if _, err := rooms.Look(t.Context(), place); err != nil {
			t.Error(err)
		}
	}))
}

// What a join costs, from the user to the place, on a real server.
func BenchmarkJoin(b *testing.B) {
	h := newHouse(b)
	rooms := h.instance()
	h.crowd(rooms, 5, small)
	b.ReportAllocs()
	b.SetParallelism(32) // 64 callers on two cores
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, _, err := rooms.Join(b.Context(), newUser(), h.concert, nowhere, small); err != nil {
				b.Error(err)
			}
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "joins/s")
}

// What reading a room costs Redis, per instance and interval.
func BenchmarkRefresh(b *testing.B) {
	h := newHouse(b)
	rooms := h.instance()
	h.crowd(rooms, 1000, waitingroom.Settings{Capacity: 500, Session: small.Session})
	b.ReportAllocs()
	for b.Loop() {
		h.refresh(rooms)
	}
}

// The whole million, on a real server: run with -benchtime 1x.
func BenchmarkAMillionPeople(b *testing.B) {
	for b.Loop() {
		h := newHouse(b)
		rooms := h.instance()
		h.crowd(rooms, 5, small)
		before := h.usedMemory()
		fill(b, h, rooms, million, func(domain.UserID) bool { return true })
		b.ReportMetric(float64(h.usedMemory()-before)/1e6, "MB-of-redis")
		b.ReportMetric(million/b.Elapsed().Seconds(), "joins/s")
	}
}
