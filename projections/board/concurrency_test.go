package board_test

import (
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/eventstore"
	"github.com/holdfast-dev/holdfast/projections/board"
	"github.com/holdfast-dev/holdfast/projections/history"
)

// Readers of every kind while the board reads a log, and while holds end.
func TestReadersWhileTheBoardReads(t *testing.T) {
	t.Parallel()
	s := history.New(3)
	s.Random(20_000)
	log := history.NewLog(s.Events())
	b := board.New(log, board.Options{WatchBuffer: 1_000})
	var busy sync.WaitGroup
	end := s.Events()[len(s.Events())-1].Position
	for range 3 {
		busy.Go(func() {
			for last := eventstore.Position(0); last < end; {
				position := b.Position()
				if position < last {
					t.Errorf("the position went back from %d to %d", last, position)
				}
				last = position
				for _, concert := range b.Concerts() {
					dates, found := b.Performances(concert.ID)
					if !found {
						t.Errorf("concert %s is listed but not found", concert.ID)
					}
					for _, seats := range dates {
						view, found := b.Seats(seats.Performance().ID)
						if !found || view.Available() > seats.Performance().SeatCount {
							t.Errorf("performance %s is listed but wrong", seats.Performance().ID)
						}
					}
				}
			}
		})
	}
	busy.Go(func() {
		for b.Position() < end {
			log.Set(log.Clock().Add(-time.Minute))
			log.Set(log.Clock().Add(time.Minute))
		}
	})
	for from := 0; from < len(s.Events()); from += 100 {
		require.NoError(t, b.Apply(s.Events()[from:min(from+100, len(s.Events()))]))
	}
	busy.Wait()
}

func TestManyWaitForPositions(t *testing.T) {
	t.Parallel()
	s := history.New(3)
	s.Random(1_000)
	b := board.New(history.NewLog(s.Events()), board.Options{})
	var waiting sync.WaitGroup
	for n := range 200 {
		want := eventstore.Position(n * 5)
		waiting.Go(func() {
			if err := b.WaitFor(t.Context(), want); err != nil || b.Position() < want {
				t.Errorf("waited for %d, got %d, %v", want, b.Position(), err)
			}
		})
	}
	for from := 0; from < 1_000; from += 10 {
		require.NoError(t, b.Apply(s.Events()[from:from+10]))
	}
	waiting.Wait()
}
