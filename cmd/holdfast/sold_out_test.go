package main

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/domain"
	"github.com/holdfast-dev/holdfast/projections/board"
	"github.com/holdfast-dev/holdfast/projections/sale"
	"github.com/holdfast-dev/holdfast/waitingroom"
)

// stockRooms takes down what it is told.
type stockRooms struct {
	told []waitingroom.Stock
	err  error
}

func (r *stockRooms) Stock(_ context.Context, stocks ...waitingroom.Stock) error {
	if r.err == nil {
		r.told = append(r.told, stocks...)
	}
	return r.err
}

func TestStockIsToldWhenItChanges(t *testing.T) {
	t.Parallel()
	var logged bytes.Buffer
	stocks := map[domain.ConcertID][2]int{}
	rooms := &stockRooms{}
	taker := newStockTaker(rooms, slog.New(slog.NewTextHandler(&logged, nil)))
	all := func(yield func(board.Stock) bool) {
		for id, s := range stocks {
			concert := sale.Concert{ID: id, QueueCapacity: 7, Session: time.Minute}
			if !yield(board.Stock{Concert: concert, Seats: s[0], Sold: s[1]}) {
				return
			}
		}
	}
	take := func() []waitingroom.Stock {
		t.Helper()
		rooms.told = nil
		taker.take(t.Context(), all)
		return rooms.told
	}
	require.Empty(t, take(), "no concert")
	stocks["a"] = [2]int{0, 0}
	require.Empty(t, take(), "no seats yet")
	stocks["a"] = [2]int{2, 0}
	settings := waitingroom.Settings{Capacity: 7, Session: time.Minute}
	require.Equal(t, []waitingroom.Stock{{ConcertID: "a", Seats: 2, Settings: settings}}, take())
	require.Empty(t, take())
	stocks["a"] = [2]int{2, 1}
	require.Empty(t, take(), "a seat more or less opens and closes nothing")

	stocks["a"], stocks["b"] = [2]int{2, 2}, [2]int{1, 1}
	rooms.err = errors.New("postgres is away")
	require.Empty(t, take())
	require.Empty(t, take())
	require.Equal(t, 1, strings.Count(logged.String(), "postgres is away"), "said once")
	rooms.err = nil
	require.Len(t, take(), 2, "told in the end")
	require.Empty(t, take())
	stocks["a"] = [2]int{5, 2}
	require.Equal(t, []waitingroom.Stock{{ConcertID: "a", Seats: 5, Sold: 2, Settings: settings}}, take())
}
