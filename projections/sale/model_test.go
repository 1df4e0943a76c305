package sale_test

import (
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/holdfast-dev/holdfast/projections/sale"
)

// record is what the model knows of a seat: no chunks, no heap, no counts.
type record struct {
	state sale.State
	until time.Time
}

func (r record) shown(now time.Time) sale.State {
	if r.state == sale.Held && !now.Before(r.until) {
		return sale.Available
	}
	return r.state
}

// Whatever happens in whatever order, a view shows what a naive model shows,
// everywhere at every moment, and a watcher who replays the changes sees it too.
func TestSeatsAgreeWithAModel(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		count := rapid.SampledFrom([]int{1, 5, 256, 300, 600}).Draw(t, "seats")
		seats := hall(count)
		model := make([]record, count)
		now, position := noon, int64(10)
		watch := seats.Watch(1000)
		defer watch.Close()
		watched := states(watch.Snapshot)

		change := rapid.Custom(func(t *rapid.T) sale.Change {
			return sale.Change{
				Seat:  rapid.IntRange(1, min(count, 300)).Draw(t, "seat"),
				State: rapid.SampledFrom([]sale.State{sale.Available, sale.Held, sale.Sold}).Draw(t, "state"),
				Until: now.Add(time.Duration(rapid.IntRange(-3, 20).Draw(t, "hold")) * time.Second),
			}
		})
		t.Repeat(map[string]func(*rapid.T){
			"apply": func(t *rapid.T) {
				changes := rapid.SliceOfN(change, 1, 8).Draw(t, "changes")
				position += int64(len(changes))
				seats.Apply(changes, position)
				for _, c := range changes {
					model[c.Seat-1] = record{state: c.State, until: c.Until}
				}
			},
			"pass": func(t *rapid.T) {
				now = now.Add(time.Duration(rapid.IntRange(1, 10).Draw(t, "seconds")) * time.Second)
			},
			"": func(t *rapid.T) {
				v := seats.At(now)
				want, available := make([]string, count), 0
				for i, r := range model {
					want[i] = r.shown(now).String()
					if r.shown(now) == sale.Available {
						available++
					}
				}
				require.Equal(t, want, states(v))
				require.Equal(t, available, v.Available())
				require.Len(t, sent(t, v, true), available)
				require.Equal(t, rebuilt(count, model, position, now).Revision(), v.Revision(), "a process that starts here says the same")
				for len(watch.Changes) > 0 {
					for _, s := range (<-watch.Changes).Seats {
						watched[s.Number-1] = s.State.String()
					}
				}
				require.Equal(t, want, watched)
			},
		})
	})
}

// rebuilt returns the view of a process that starts from what is recorded.
func rebuilt(count int, model []record, position int64, now time.Time) *sale.View {
	seats := sale.NewSeats(sale.Performance{SeatCount: count}, position)
	var changes []sale.Change
	for i, r := range model {
		if r.state != sale.Available {
			changes = append(changes, sale.Change{Seat: i + 1, State: r.state, Until: r.until})
		}
	}
	seats.Apply(changes, position)
	return seats.At(now)
}

// Readers may look at any moment while events arrive. Each must see a whole
// batch or nothing of it: here two seats always change hands together.
func TestReadersSeeWholeBatches(t *testing.T) {
	t.Parallel()
	seats := hall(600)
	done := make(chan struct{})
	var readers sync.WaitGroup
	for range 4 {
		readers.Go(func() {
			for {
				v := seats.At(noon)
				if v.Seat(1) != v.Seat(600) {
					t.Errorf("revision %s shows seat 1 %s and seat 600 %s", v.Revision(), v.Seat(1), v.Seat(600))
					return
				}
				v.JSON(true)
				select {
				case <-done:
					return
				default:
				}
			}
		})
	}
	for n := range 2_000 {
		next := []sale.Change{held(1, after(300)), held(600, after(300))}
		if n%2 == 1 {
			next = []sale.Change{free(1), free(600)}
		}
		seats.Apply(next, int64(11+2*n))
	}
	close(done)
	readers.Wait()
}
