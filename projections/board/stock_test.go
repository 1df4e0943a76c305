package board_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/projections/board"
	"github.com/holdfast-dev/holdfast/projections/history"
)

func stocksOf(b *board.Board) (all []board.Stock) {
	for stock := range b.Stocks() {
		all = append(all, stock)
	}
	return all
}

func TestStockIsSoldOutWhenEveryDateIs(t *testing.T) {
	t.Parallel()
	s := history.New(1)
	norma := s.Announce("Norma")
	first, second := s.Schedule(norma, 2), s.Schedule(norma, 1)
	s.Announce("Nothing on sale yet")
	s.Charge(s.User(0), 1_000_000)
	stock := func() board.Stock {
		b, _ := boardOf(t, s)
		all := stocksOf(b)
		require.Len(t, all, 2)
		require.Zero(t, all[1].Seats)
		require.False(t, all[1].SoldOut(), "a concert without seats is not sold out")
		require.Equal(t, norma, all[0].Concert.ID)
		return all[0]
	}
	sell := func(hold func() (ok bool)) { require.True(t, hold()) }

	pair, _ := s.Hold(s.User(0), first, 1, 2)
	require.Equal(t, [2]int{3, 0}, [2]int{stock().Seats, stock().Sold}, "held is not sold")
	sell(func() bool { _, ok := s.Pay(pair, ""); return ok })
	require.Equal(t, 2, stock().Sold)
	require.False(t, stock().SoldOut(), "a seat of the other date is left")
	single, _ := s.Hold(s.User(0), second, 1)
	sell(func() bool { _, ok := s.Pay(single, ""); return ok })
	require.True(t, stock().SoldOut())
	b, _ := boardOf(t, s)
	alone, found := b.Stock(norma)
	require.True(t, found)
	require.Equal(t, stock(), alone)
	_, found = b.Stock("no concert")
	require.False(t, found)

	s.Schedule(norma, 4)
	require.Equal(t, 7, stock().Seats)
	require.False(t, stock().SoldOut(), "another date")
}

func TestADateThatHasBegunSellsNothing(t *testing.T) {
	t.Parallel()
	s := history.New(1)
	norma := s.Announce("Norma")
	begins := s.Now().Add(time.Hour)
	s.ScheduleAt(norma, 3, begins)
	b, log := boardOf(t, s)
	log.Set(begins.Add(-time.Microsecond))
	require.False(t, stocksOf(b)[0].SoldOut())
	log.Set(begins)
	require.True(t, stocksOf(b)[0].SoldOut())
}

func TestStocksCanBeLeft(t *testing.T) {
	t.Parallel()
	s := history.New(1)
	s.Announce("A")
	s.Announce("B")
	b, _ := boardOf(t, s)
	for range b.Stocks() {
		return
	}
	t.Fatal("there are two")
}
