package sale_test

import (
	"bytes"
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/projections/sale"
)

// noon is when the tests' stories begin.
var noon = time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)

func after(seconds int) time.Time { return noon.Add(time.Duration(seconds) * time.Second) }

// hall returns the seats of a performance whose event stands at position 10.
func hall(seats int) *sale.Seats {
	return sale.NewSeats(sale.Performance{ID: "p", ConcertID: "c", SeatCount: seats, SeatPrice: 9000}, 10)
}

func held(seat int, until time.Time) sale.Change {
	return sale.Change{Seat: seat, State: sale.Held, Until: until}
}

func sold(seat int) sale.Change { return sale.Change{Seat: seat, State: sale.Sold} }

func free(seat int) sale.Change { return sale.Change{Seat: seat, State: sale.Available} }

// states returns what a view shows, the first seat first.
func states(v *sale.View) []string {
	var all []string
	for _, state := range v.Seats() {
		all = append(all, state.String())
	}
	return all
}

// jsonSeat is a seat as it is sent.
type jsonSeat struct {
	Number int    `json:"number"`
	State  string `json:"state"`
	Price  int    `json:"price"`
}

// sent returns what the view's JSON says.
func sent(t require.TestingT, v *sale.View, availableOnly bool) []jsonSeat {
	if h, ok := t.(testing.TB); ok {
		h.Helper()
	}
	var seats []jsonSeat
	require.NoError(t, json.Unmarshal(bytes.Join(v.JSON(availableOnly), nil), &seats))
	return seats
}
