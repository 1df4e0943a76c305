package sale_test

import (
	"fmt"
	"testing"

	"github.com/holdfast-dev/holdfast/projections/sale"
)

var sizes = []int{50, 1_000, 100_000}

// BenchmarkRead is the answer to "which seats are free" while nothing changes.
func BenchmarkRead(b *testing.B) {
	for _, size := range sizes {
		b.Run(fmt.Sprintf("seats=%d", size), func(b *testing.B) {
			seats := hall(size)
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					seats.At(noon).JSON(false)
				}
			})
		})
	}
}

// BenchmarkChangeAndRead is the same answer right after a seat was taken.
func BenchmarkChangeAndRead(b *testing.B) {
	for _, size := range sizes {
		b.Run(fmt.Sprintf("seats=%d", size), func(b *testing.B) {
			seats := hall(size)
			seats.At(noon).JSON(false)
			position := int64(10)
			for b.Loop() {
				position++
				seats.Apply([]sale.Change{held(1+int(position)%size, after(300))}, position)
				seats.At(noon).JSON(false)
			}
		})
	}
}

// BenchmarkApply is what following the log costs while nobody looks.
func BenchmarkApply(b *testing.B) {
	for _, size := range sizes {
		b.Run(fmt.Sprintf("seats=%d", size), func(b *testing.B) {
			seats := hall(size)
			position := int64(10)
			for b.Loop() {
				position++
				seats.Apply([]sale.Change{held(1+int(position)%size, after(300))}, position)
			}
		})
	}
}
