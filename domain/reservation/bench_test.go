package reservation_test

import (
	"testing"

	"github.com/holdfast-dev/holdfast/domain/internal/codectest"
	"github.com/holdfast-dev/holdfast/domain/reservation"
)

var hot = reservation.Held{
	ReservationID: codectest.ReservationID, UserID: codectest.UserID, ConcertID: codectest.ConcertID,
	PerformanceID: codectest.PerformanceID, Date: "2027-05-01", Seats: []int{7}, Price: 4500, HoldMs: 300_000,
}

func BenchmarkEncode(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := reservation.Encode(hot); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDecode(b *testing.B) {
	payload, err := reservation.Encode(hot)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := reservation.Decode(reservation.TypeHeld, payload); err != nil {
			b.Fatal(err)
		}
	}
}
